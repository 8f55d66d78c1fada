import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, relative, resolve, sep } from 'node:path';
import { BerthError } from '@berth/protocol';
import { z } from 'zod';
import type { Stack } from './stacks.js';

/**
 * The folder of a stack, which is what is packed.
 *
 * @throws BerthError `archive_refused` when the stack, or a module that it uses, is outside of it
 */
export async function stackFolder(output: string, stack: Stack): Promise<string> {
  const folder = resolve(output, stack.workingDirectory);
  const file = resolve(output, stack.synthesizedStackPath);
  if (!isWithin(folder, output) || !isWithin(file, folder)) throw outside(stack, stack.synthesizedStackPath);
  await requireFile(stack, file);
  const real = { output: await realpath(output), folder: await realpath(folder), file: await realpath(file) };
  if (!isWithin(real.folder, real.output) || !isWithin(real.file, real.folder)) throw outside(stack, real.file);
  for (const source of await moduleSources(file)) {
    const local = isAbsolute(source) || /^\.{1,2}\//.test(source);
    if (local && !isWithin(resolve(folder, source), folder)) throw outside(stack, `the module ${source}`);
  }
  return folder;
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function outside({ name }: Stack, what: string): BerthError {
  return new BerthError('archive_refused', `the stack '${name}' points outside of its folder: ${what}`, {
    hint: 'Only what stands in the folder of a stack is pushed; bring other files in as assets.',
  });
}

async function requireFile({ name }: Stack, file: string): Promise<void> {
  try {
    if ((await stat(file)).isFile()) return;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  throw new BerthError('invalid_configuration', `the stack '${name}' was not written`, {
    hint: 'The manifest names it, but its file is missing.',
  });
}

const modules = z.object({ module: z.record(z.string(), z.unknown()).default({}) });

const moduleBlock = z.object({ source: z.string() });

/** Sources of the modules in a stack of JSON. */
async function moduleSources(file: string): Promise<string[]> {
  if (!file.endsWith('.json')) return [];
  const parsed = modules.safeParse(parseJson(file, await readFile(file, 'utf8')));
  return Object.values(parsed.data?.module ?? {}).flatMap(block => moduleBlock.safeParse(block).data?.source ?? []);
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BerthError('invalid_configuration', `the synthesised ${basename(file)} is not JSON: ${String(cause)}`, {
      cause,
    });
  }
}
