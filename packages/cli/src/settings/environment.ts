import { readFileSync } from 'node:fs';
import { BerthError } from '@berth/protocol';
import { isFileOf, type SettingSource, sourceOf } from './setting.js';

type Env = Readonly<Record<string, string | undefined>>;

/** A flag as far as the environment is concerned; every flag of the command line parser is one. */
interface SettingFlag {
  type: 'option' | 'boolean';
  multiple?: boolean;
  allowNo?: boolean;
}

interface Found {
  flag: string;
  /** Where the value came from: a variable, or the flag that names a file. */
  from: string;
  /** The arguments that would have given the same value. */
  argv: string[];
  /** The variable belongs to another product and stands for this one of ours. */
  aliasOf: string | null;
}

/**
 * The settings that the command line does not give, in the order of precedence: the file that a flag names, then the
 * environment, then a file named by the environment (secrets), then an alias of another product.
 *
 * @param definitions the command's flags by name
 * @param given values that stood on the command line
 * @throws BerthError `invalid_request` naming flag or variable; never with the value of a secret
 */
export function findSettings(
  definitions: Readonly<Record<string, SettingFlag>>,
  given: Readonly<Record<string, unknown>>,
  env: Env,
): Found[] {
  const found = new Map<string, Found>();
  for (const [fileFlag, flag] of Object.entries(definitions)) {
    const name = isFileOf(flag);
    const path = given[fileFlag];
    if (name === undefined || typeof path !== 'string') continue;
    if (name in given) throw new BerthError('invalid_request', `give --${name} or --${fileFlag}, not both`);
    const text = readSecretFile(path, `--${fileFlag}`);
    found.set(name, { flag: name, from: `--${fileFlag}`, argv: [`--${name}=${text}`], aliasOf: null });
  }
  for (const [name, flag] of Object.entries(definitions)) {
    const source = sourceOf(flag);
    if (source === undefined || name in given || found.has(name)) continue;
    const value = findVariable(source, env);
    if (value === null) continue;
    const argv = asArguments(name, flag, value.text, value.variable);
    found.set(name, { flag: name, from: value.variable, argv, aliasOf: value.alias ? source.env : null });
  }
  return [...found.values()];
}

/** The secrets that stand on the command line, with the variable that would hide them. */
export function visibleSecrets(
  definitions: Readonly<Record<string, SettingFlag>>,
  given: Readonly<Record<string, unknown>>,
): { flag: string; env: string }[] {
  return Object.entries(definitions).flatMap(([flag, definition]) => {
    const source = sourceOf(definition);
    return source?.secret && flag in given ? [{ flag, env: source.env }] : [];
  });
}

/**
 * Takes the secret settings of a command out of an environment: once they are read, no child process should get them.
 */
export function forgetSecrets(
  definitions: Readonly<Record<string, SettingFlag>>,
  env: Record<string, string | undefined>,
): void {
  for (const definition of Object.values(definitions)) {
    const source = sourceOf(definition);
    if (!source?.secret) continue;
    for (const variable of [source.env, ...(source.aliases ?? [])]) delete env[variable];
  }
}

/** An empty variable counts as not set. */
function findVariable(source: SettingSource, env: Env): { text: string; variable: string; alias: boolean } | null {
  const own = env[source.env];
  if (own) return { text: own, variable: source.env, alias: false };
  const file = source.secret ? env[`${source.env}_FILE`] : undefined;
  if (file) {
    const variable = `${source.env}_FILE`;
    return { text: readSecretFile(file, variable), variable, alias: false };
  }
  for (const alias of source.aliases ?? []) {
    const text = env[alias];
    if (text) return { text, variable: alias, alias: true };
  }
  return null;
}

/** A list is separated by commas; a switch is true or false. */
function asArguments(name: string, flag: SettingFlag, text: string, variable: string): string[] {
  if (flag.type === 'boolean') {
    if (/^(true|1|yes|on)$/i.test(text)) return [`--${name}`];
    if (/^(false|0|no|off)$/i.test(text)) return flag.allowNo ? [`--no-${name}`] : [];
    throw new BerthError('invalid_request', `${variable}: '${text}' is neither true nor false`);
  }
  if (!flag.multiple) return [`--${name}=${text}`];
  const parts = text.split(',').map(part => part.trim());
  return parts.filter(part => part !== '').map(part => `--${name}=${part}`);
}

function readSecretFile(path: string, namedBy: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new BerthError('invalid_request', `cannot read the file that ${namedBy} names: ${path} (${reason})`, {
      cause,
    });
  }
  if (text === '') throw new BerthError('invalid_request', `the file that ${namedBy} names is empty: ${path}`);
  return text;
}
