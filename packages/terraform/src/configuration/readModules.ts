import { readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { z } from 'zod';
import type { EngineName } from '../engine/versions.js';
import { TerraformError } from '../errors.js';
import { parseJson } from '../jsonValue.js';
import type { Use } from './configuration.js';
import { readConfiguration } from './readConfiguration.js';

/** What init writes about the modules that it found; the root is one of them. */
const manifest = z.object({ Modules: z.array(z.object({ Dir: z.string() })) });

/**
 * What the modules of an initialised folder make use of, the root module left out.
 *
 * @throws TerraformError as `readConfiguration`
 */
export async function readModuleUses(folder: string, engine: EngineName): Promise<Use[]> {
  const folders = new Set((await listModules(folder)).map(normalize));
  folders.delete('.');
  const uses: Use[] = [];
  for (const inner of folders) {
    const found = await readConfiguration(join(folder, inner), engine).catch(emptyModule);
    uses.push(...found.uses.map(use => ({ ...use, file: join(inner, use.file) })));
  }
  return uses;
}

async function listModules(folder: string): Promise<string[]> {
  const text = await textOf(join(folder, '.terraform', 'modules', 'modules.json'));
  if (text === null) return [];
  return manifest.parse(parseJson(text)).Modules.map(module => module.Dir);
}

/** A module may have no file at all. */
function emptyModule(error: unknown): { uses: Use[] } {
  if (error instanceof TerraformError && error.code === 'no_configuration') return { uses: [] };
  throw error;
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
