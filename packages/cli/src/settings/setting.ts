import { Flags } from '@oclif/core';

/** Where a setting may come from beside its flag. One declaration gives flag, environment name and help. */
export interface SettingSource {
  /** Environment variable, `BERTH_…`. */
  env: string;
  /** Environment variables of another product that stand for the same; their use is noted. */
  aliases?: readonly string[];
  /** Never shown. The value may also stand in a file, named by `ENV_FILE` or by the flag of {@link fileOf}. */
  secret?: boolean;
}

const sources = new WeakMap<object, SettingSource>();
const files = new WeakMap<object, string>();

/** Makes a flag a setting: what the flag does not give is taken from the environment, and its help says so. */
export function setting<F extends { summary?: string | undefined }>(source: SettingSource, flag: F): F {
  sources.set(flag, source);
  const names = source.secret ? `${source.env}, ${source.env}_FILE` : source.env;
  flag.summary = `${flag.summary ?? ''} [env: ${names}]`;
  return flag;
}

/** The flag that names the file of the secret setting `name` of the same command. */
export function fileOf(name: string) {
  const flag = Flags.string({ summary: `File with the value of --${name}`, helpValue: 'FILE' });
  files.set(flag, name);
  return flag;
}

export function sourceOf(flag: object): SettingSource | undefined {
  return sources.get(flag);
}

/** Name of the setting whose file this flag names. */
export function isFileOf(flag: object): string | undefined {
  return files.get(flag);
}
