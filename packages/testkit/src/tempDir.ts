import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Makes an empty folder that is removed when the running test ends, however it ends. */
export function tempDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 't-'));
  // What the test has killed a moment ago may still be writing its last file.
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 }));
  return folder;
}
