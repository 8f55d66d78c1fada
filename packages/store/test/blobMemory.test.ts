import { tempDir } from '@berth/testkit';
import { beforeAll, expect, test } from 'vitest';
import { compile, runChild } from './child.js';

const MiB = 1024 * 1024;

/**
 * Writes and reads a blob of 40 MiB of each kind, then one of 100 MiB, and says how much the resident memory grew with the
 * second. The first is there because V8 lets 32 MiB of buffers become garbage before it looks at them.
 */
const script = `
  import { createHash, randomBytes } from 'node:crypto';
  const store = await openStore({ dataDir: process.argv[1] });
  const part = randomBytes(64 * 1024);
  function* parts(count) {
    for (let i = 0; i < count; i++) { part.writeUInt32LE(i); yield part; }
  }
  let most = 0;
  const look = () => { most = Math.max(most, process.memoryUsage.rss()); };
  async function* looked(count) { for (const one of parts(count)) { look(); yield one; } }
  async function writeAndRead(kind, count) {
    const hash = createHash('sha256');
    for (const one of parts(count)) hash.update(one);
    const ref = { kind, digest: hash.digest('hex') };
    await store.blobs.write(ref, { sizeBytes: count * part.length, offset: 0, content: looked(count) });
    let bytes = 0;
    for await (const piece of store.blobs.read(ref)) { bytes += piece.length; look(); }
    if (bytes !== count * part.length) throw new Error('read ' + bytes);
  }
  for (const kind of ['archive', 'state']) await writeAndRead(kind, 640);
  const before = most;
  for (const kind of ['archive', 'state']) await writeAndRead(kind, 1600);
  await store.close();
  console.log(most - before);`;

beforeAll(compile);

test('memory does not grow with the size of a blob', async () => {
  // Else the figure depends on how much time other processes leave to the collector's threads.
  const child = runChild(script, tempDir(), ['--single-threaded-gc']);
  const grown = Number(await child.line());
  expect(await child.ended).toBe(0);
  expect(grown).toBeGreaterThanOrEqual(0);
  expect(grown).toBeLessThan(30 * MiB);
});
