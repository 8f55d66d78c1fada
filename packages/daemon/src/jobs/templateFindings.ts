import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AttemptResult, limits, type VariableDeclaration } from '@berth/protocol';
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

/** Text of the lock file that init wrote; null when the template needs no plugins. */
export async function readLockFile(folder: string): Promise<string | null> {
  try {
    return await readFile(join(folder, '.terraform.lock.hcl'), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
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
