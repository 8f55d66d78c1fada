import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '../../src/index.js';
import { makeRunFolder, runFolder } from '../../src/testBed/cluster/runFolder.js';
import { startProgram } from '../../src/testBed/cluster/startProgram.js';
import { waitFor } from '../../src/testBed/cluster/waitFor.js';

test('a program that does not come up is told of with its last words', async () => {
  const folder = runFolder(join(tempDir(), 'run'));
  makeRunFolder(folder);
  const program = startProgram('/bin/sh', ['-c', 'echo no such port; exit 3'], folder, true);
  const waiting = waitFor(folder, [program], async () => false, undefined);
  await expect(waiting).rejects.toThrow('sh ended with 3:\n  no such port');
});

test('a program that is not there is told of', async () => {
  const folder = runFolder(join(tempDir(), 'run'));
  makeRunFolder(folder);
  const program = startProgram(join(folder.path, 'none'), [], folder, false);
  const waiting = waitFor(folder, [program], async () => false, undefined);
  await expect(waiting).rejects.toThrow(/^none did not start: .*ENOENT/);
});
