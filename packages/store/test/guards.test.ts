import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { tempDir, testGuard } from '@berth/testkit';
import { expect } from 'vitest';
import { openStore } from '../src/index.js';

testGuard('store.digest', 'content that is not what its digest says is refused', async () => {
  const store = await openStore({ dataDir: tempDir() });
  try {
    const digest = createHash('sha256').update('what was meant').digest('hex');
    const content = Readable.from([Buffer.from('what has come.')]);
    const written = store.blobs.write({ kind: 'state', digest }, { sizeBytes: 14, offset: 0, content });
    await expect(written).rejects.toMatchObject({ code: 'digest_mismatch' });
  } finally {
    await store.close();
  }
});
