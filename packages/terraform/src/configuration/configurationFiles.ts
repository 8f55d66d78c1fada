import { readdir } from 'node:fs/promises';
import { OWN_BACKEND_FILE } from '../attempt/ownBackendFile.js';
import type { EngineName } from '../engine/versions.js';

/** A file that the engine reads. */
export interface ConfigurationFile {
  name: string;
  syntax: 'native' | 'json';
  /** Its blocks change those of the other files instead of standing beside them. */
  override: boolean;
}

/** Endings, the longer of two that fit first. */
const endings = [
  { ending: '.tofu.json', syntax: 'json', tofu: true },
  { ending: '.tf.json', syntax: 'json', tofu: false },
  { ending: '.tofu', syntax: 'native', tofu: true },
  { ending: '.tf', syntax: 'native', tofu: false },
] as const;

/**
 * Lists the configuration files of a folder as the engine chooses and orders them: by name, override files last. Tofu
 * also reads `.tofu` files, each in place of the `.tf` file of its name. Our own backend file is left out.
 */
export async function listConfigurationFiles(folder: string, engine: EngineName): Promise<ConfigurationFile[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter(entry => !entry.isDirectory()).map(entry => entry.name);
  const files: ConfigurationFile[] = [];
  for (const name of names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    const form = endings.find(({ ending }) => name.endsWith(ending));
    if (form === undefined || isIgnored(name) || (form.tofu && engine !== 'tofu')) continue;
    const base = name.slice(0, -form.ending.length);
    const tofuName = base + form.ending.replace('.tf', '.tofu');
    if (engine === 'tofu' && !form.tofu && names.includes(tofuName)) continue;
    files.push({ name, syntax: form.syntax, override: base === 'override' || base.endsWith('_override') });
  }
  return [...files.filter(file => !file.override), ...files.filter(file => file.override)];
}

/** Hidden files and those of editors. */
function isIgnored(name: string): boolean {
  return (
    name.startsWith('.') ||
    name.endsWith('~') ||
    (name.startsWith('#') && name.endsWith('#')) ||
    name === OWN_BACKEND_FILE
  );
}
