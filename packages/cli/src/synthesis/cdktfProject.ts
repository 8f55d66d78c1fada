import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BerthError } from '@berth/protocol';
import { z } from 'zod';

/** What of a `cdktf.json` matters here; the rest is for cdktf's own tools. */
const projectFile = z.object({
  /** Command line that synthesises, run by a shell in the project's folder. */
  app: z.string().trim().min(1),
  context: z.record(z.string(), z.unknown()).optional(),
});

/** A folder whose template is made by a program. */
export interface CdktfProject extends z.infer<typeof projectFile> {
  folder: string;
}

/**
 * Reads a folder's `cdktf.json`.
 *
 * @returns null when it has none
 * @throws BerthError `invalid_configuration` for one that cannot be used
 */
export async function readCdktfProject(folder: string): Promise<CdktfProject | null> {
  const file = join(folder, 'cdktf.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new BerthError('invalid_configuration', `cannot read ${file} (${String(code)})`, { cause: error });
  }
  const parsed = projectFile.safeParse(parseJson(file, text));
  if (parsed.success) return { ...parsed.data, folder };
  throw new BerthError('invalid_configuration', `${file} does not say how the template is synthesised`, {
    hint: 'It needs an "app": the command that runs the program, such as "tsc && node build/main.js".',
  });
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BerthError('invalid_configuration', `${file} is not JSON: ${String(cause)}`, { cause });
  }
}
