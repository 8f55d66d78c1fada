import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { attemptResult, BerthError, errorBody, stateRef } from '@berth/protocol';
import { z } from 'zod';
import type { Finished } from '../jobs/finished.js';
import { syncFolders } from './attemptJournal.js';

/** `path` is relative to the folder of the attempt: the data directory may be moved while no daemon runs. */
const stateFile = stateRef.extend({ path: z.string() });

const finishedRecord = z.object({
  error: errorBody.nullable(),
  state: stateFile.nullable(),
  unchanged: stateFile.nullable(),
  result: attemptResult.nullable(),
});

/** Puts what an attempt has come to on the disk, in its folder: a later process hands in the same. */
export async function writeFinished(folder: string, { error, state, unchanged, result }: Finished): Promise<void> {
  const record: z.infer<typeof finishedRecord> = {
    error: error?.toBody() ?? null,
    state: state && { ...state, path: relative(folder, state.path) },
    unchanged: unchanged && { ...unchanged, path: relative(folder, unchanged.path) },
    result,
  };
  const file = await open(`${pathIn(folder)}.new`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(record));
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(`${pathIn(folder)}.new`, pathIn(folder));
  await syncFolders(folder);
}

/** Null when the attempt had not come so far, or what it came to was not written whole. */
export function readFinished(folder: string): Finished | null {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(pathIn(folder), 'utf8'));
  } catch {
    return null;
  }
  const read = finishedRecord.safeParse(json);
  if (!read.success) return null;
  const { error, state, unchanged, result } = read.data;
  return {
    error: error === null ? null : BerthError.fromBody(error),
    state: state && { ...state, path: join(folder, state.path) },
    unchanged: unchanged && { ...unchanged, path: join(folder, unchanged.path) },
    result,
  };
}

function pathIn(folder: string): string {
  return join(folder, 'finished.json');
}
