import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const script = resolve(import.meta.dirname, '../../../scripts/image');

/** Where no program for containers works, `scripts/image` says so with this code. */
const CANNOT = 3;

test('a daemon in a container of the image builds templates/scratch', { timeout: 900_000 }, async ({ skip }) => {
  const child = spawn(script, ['smoke'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const [code] = await once(child, 'close');
  if (code === CANNOT) skip(said.trimEnd().split('\n').at(-1));
  expect(code, said).toBe(0);
  expect(said).toContain('The image works');
});
