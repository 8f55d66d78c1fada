import { constants, type FileHandle, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AttemptResult, BerthError, limits, type VariableDeclaration } from '@berth/protocol';
import type { Configuration, Variable } from '@berth/terraform';

type ImportResult = Extract<AttemptResult, { type: 'template_import' }>;

/** What an import tells of a template that can be read off its configuration. */
export function declarationsOf(
  configuration: Configuration,
): Pick<ImportResult, 'variables' | 'outputs' | 'requiredVersion' | 'ignoredBackend'> {
  const { variables, outputs, requiredVersions, backend } = configuration;
  return {
    variables: variables.map(toDeclaration),
    outputs: outputs.map(({ name, description, sensitive }) => ({ name, description, sensitive })),
    requiredVersion: requiredVersions.length === 0 ? null : requiredVersions.join(', '),
    ignoredBackend: backend?.type ?? null,
  };
}

function toDeclaration(variable: Variable): VariableDeclaration {
  const { name, type, description, hasDefault, sensitive, nullable, ephemeral, validations } = variable;
  return {
    name,
    type,
    description,
    hasDefault,
    default: variable.default,
    sensitive,
    nullable,
    ephemeral,
    validations: validations.map(({ condition, message }) => ({ condition, message })),
  };
}

/**
 * Text of the lock file that init wrote; null when the template needs no plugins. Where plugins have run, one of them may
 * have put a link in its place, which would have us read what the template may not.
 *
 * @throws BerthError `invalid_configuration` when it is no plain file
 */
export async function readLockFile(folder: string): Promise<string | null> {
  const path = join(folder, '.terraform.lock.hcl');
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT') return null;
    if (code === 'ELOOP' || code === 'ENXIO') throw noPlainFile();
    throw error;
  }
  try {
    if (!(await file.stat()).isFile()) throw noPlainFile();
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function noPlainFile(): BerthError {
  return new BerthError('invalid_configuration', '.terraform.lock.hcl is not a plain file');
}

/** The plugins of a lock file. It is written by the engine alone, one `provider` block for each, in one form. */
export function lockedPlugins(lockFile: string | null): ImportResult['plugins'] {
  const blocks = (lockFile ?? '').matchAll(/^provider "([^"]+)" \{\n([\s\S]*?)^\}/gm);
  return [...blocks].map(([, address = '', body = '']) => {
    return { address, version: /^\s*version\s*=\s*"([^"]+)"/m.exec(body)?.[1] ?? null };
  });
}

/** The template's README; one that is too long ends with a line that says so. Null when it has none. */
export async function readReadme(folder: string): Promise<string | null> {
  const name = (await readdir(folder)).find(file => /^readme\.md$/i.test(file));
  if (name === undefined) return null;
  const bytes = await readFile(join(folder, name));
  if (bytes.length <= limits.readmeBytes) return bytes.toString();
  const kept = bytes.subarray(0, limits.readmeBytes).toString();
  return `${kept}\n\n… (${bytes.length - limits.readmeBytes} more bytes)\n`;
}
