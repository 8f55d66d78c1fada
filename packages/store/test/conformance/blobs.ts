import { randomBytes } from 'node:crypto';
import { BerthError, limits } from '@berth/protocol';
import { describe, expect, test } from 'vitest';
import type { BlobRef, BlobStatus } from '../../src/index.js';
import { expectError, makeWorld, type OpenStore, readAll, sha256, streamOf } from './world.js';

/** Several pieces, and no round number of them. */
const content = randomBytes(2.5 * limits.blobChunkBytes);
const kinds = ['archive', 'state'] as const;

/** Content that breaks off after `parts`. */
async function* broken(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
  throw new Error('the connection broke');
}

/** Content that goes on when told to. `send` is fulfilled when the part has been taken in and the next is asked for. */
function stepped() {
  const waiting: { part: Uint8Array; taken: () => void }[] = [];
  let ended = false;
  let wake: () => void = () => undefined;
  let begin: () => void = () => undefined;
  const begun = new Promise<void>(resolve => {
    begin = resolve;
  });
  async function* read(): AsyncGenerator<Uint8Array> {
    begin();
    while (!ended || waiting.length > 0) {
      const next = waiting.shift();
      if (next === undefined) {
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      } else {
        yield next.part;
        next.taken();
      }
    }
  }
  return {
    content: read(),
    /** Fulfilled when the first part is asked for: the upload is under way. */
    begun,
    send: (part: Uint8Array) =>
      new Promise<void>(taken => {
        waiting.push({ part, taken });
        wake();
      }),
    end: () => {
      ended = true;
      wake();
    },
  };
}

export function blobsConformance(open: OpenStore): void {
  describe.each(kinds)('%s blobs', kind => {
    const ref: BlobRef = { kind, digest: sha256(content) };
    const sizeBytes = content.length;

    test('are written and read, whole and by range', async () => {
      const { store, upload } = await makeWorld(open);
      expect(await store.blobs.status(ref)).toEqual({ receivedBytes: 0, complete: false });
      expect(await store.blobs.size(ref)).toBeNull();
      expect(await upload(ref, content)).toEqual({ receivedBytes: sizeBytes, complete: true });
      expect(await store.blobs.size(ref)).toBe(sizeBytes);
      expect((await readAll(store.blobs.read(ref))).equals(content)).toBe(true);
      const MiB = limits.blobChunkBytes;
      const ranges = [
        { offset: 0, length: 1 },
        { offset: MiB - 1, length: 2 },
        { offset: MiB, length: MiB },
        { offset: 10, length: 2 * MiB },
        { offset: sizeBytes - 1, length: 100 },
        { offset: sizeBytes, length: 1 },
        { offset: sizeBytes + 5, length: 1 },
        { offset: 7, length: 0 },
      ];
      for (const range of ranges) {
        const expected = content.subarray(range.offset, range.offset + range.length);
        expect((await readAll(store.blobs.read(ref, range))).equals(expected)).toBe(true);
      }
    });

    test('that are not there or not complete cannot be read', async () => {
      const { store } = await makeWorld(open);
      await expectError(readAll(store.blobs.read(ref)), 'not_found');
      await expect(
        store.blobs.write(ref, { sizeBytes, offset: 0, content: broken(content.subarray(0, 10)) }),
      ).rejects.toThrow('the connection broke');
      await expectError(readAll(store.blobs.read(ref)), 'not_found');
      expect(await store.blobs.size(ref)).toBeNull();
    });

    test('go on from where they broke off, to the byte', async () => {
      const { store } = await makeWorld(open);
      const cuts = [0, 3, limits.blobChunkBytes + 1, limits.blobChunkBytes + 2];
      for (const [i, cut] of cuts.entries()) {
        const until = cuts[i + 1] ?? cut;
        const write = store.blobs.write(ref, { sizeBytes, offset: cut, content: broken(content.subarray(cut, until)) });
        await expect(write).rejects.toThrow('the connection broke');
        expect(await store.blobs.status(ref)).toEqual({ receivedBytes: until, complete: false });
      }
      const offset = cuts.at(-1) ?? 0;
      await expectError(store.blobs.write(ref, { sizeBytes, offset: 0, content: streamOf(content) }), 'range_mismatch');
      await expectError(
        store.blobs.write(ref, { sizeBytes, offset: offset + 1, content: streamOf(content) }),
        'range_mismatch',
      );
      const rest = { sizeBytes, offset, content: streamOf(content.subarray(offset)) };
      expect(await store.blobs.write(ref, rest)).toEqual({ receivedBytes: sizeBytes, complete: true });
      expect((await readAll(store.blobs.read(ref))).equals(content)).toBe(true);
    });

    test('that end early stay incomplete', async () => {
      const { store } = await makeWorld(open);
      const written = await store.blobs.write(ref, { sizeBytes, offset: 0, content: streamOf(content.subarray(0, 9)) });
      expect(written).toEqual({ receivedBytes: 9, complete: false });
    });

    test('that are complete are not written again, and nothing is read', async () => {
      const { store, upload } = await makeWorld(open);
      await upload(ref, content);
      const never = {
        [Symbol.asyncIterator]: () => {
          throw new Error('it was read');
        },
      };
      const again = { sizeBytes, offset: 0, content: never };
      expect(await store.blobs.write(ref, again)).toEqual({ receivedBytes: sizeBytes, complete: true });
    });

    test('of another digest are dropped, and can be sent again', async () => {
      const { store, upload } = await makeWorld(open);
      const wrong = Buffer.from(content);
      wrong[5] = (wrong[5] ?? 0) ^ 1;
      await expectError(upload(ref, wrong), 'digest_mismatch');
      expect(await store.blobs.status(ref)).toEqual({ receivedBytes: 0, complete: false });
      // The wrong byte came before a break: found at the end all the same.
      const half = { sizeBytes, offset: 0, content: streamOf(wrong.subarray(0, 100)) };
      expect(await store.blobs.write(ref, half)).toEqual({ receivedBytes: 100, complete: false });
      const rest = { sizeBytes, offset: 100, content: streamOf(content.subarray(100)) };
      await expectError(store.blobs.write(ref, rest), 'digest_mismatch');
      expect(await upload(ref, content)).toEqual({ receivedBytes: sizeBytes, complete: true });
    });

    test('longer than announced are refused', async () => {
      const { store } = await makeWorld(open);
      const long = { sizeBytes: 10, offset: 0, content: streamOf(content.subarray(0, 6), content.subarray(6, 11)) };
      await expectError(store.blobs.write(ref, long), 'limit_exceeded');
      expect((await store.blobs.status(ref)).complete).toBe(false);
    });

    test('uploaded several times at once arrive once; one that begins late goes on from what is there', async () => {
      const { store } = await makeWorld(open);
      const parts = (bytes: Buffer, size: number) =>
        Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
      const write = async (size: number): Promise<BlobStatus> => {
        for (let offset = 0; ; ) {
          const rest = streamOf(...parts(content.subarray(offset), size));
          try {
            return await store.blobs.write(ref, { sizeBytes, offset, content: rest });
          } catch (error) {
            if (!(error instanceof BerthError) || error.code !== 'range_mismatch') throw error;
            offset = (await store.blobs.status(ref)).receivedBytes;
          }
        }
      };
      const written = await Promise.all([70_000, 333_333, limits.blobChunkBytes, sizeBytes].map(write));
      for (const status of written) expect(status).toEqual({ receivedBytes: sizeBytes, complete: true });
      expect((await readAll(store.blobs.read(ref))).equals(content)).toBe(true);
    });

    test('a false upload beside a true one is found out, and never becomes the content', async () => {
      const { store, upload } = await makeWorld(open);
      const MiB = limits.blobChunkBytes;
      const [trueOne, falseOne] = [stepped(), stepped()];
      const wrong = Buffer.from(content);
      wrong[5] = (wrong[5] ?? 0) ^ 1;
      const falseUpload = store.blobs.write(ref, { sizeBytes, offset: 0, content: falseOne.content });
      const trueUpload = store.blobs.write(ref, { sizeBytes, offset: 0, content: trueOne.content });
      await Promise.all([falseOne.begun, trueOne.begun]);
      await falseOne.send(wrong.subarray(0, MiB));
      expect((await store.blobs.status(ref)).receivedBytes).toBe(MiB);
      // The true one meets what the false one has stored: neither can tell which is right, so the blob begins anew.
      void trueOne.send(content.subarray(0, MiB));
      await expectError(trueUpload, 'range_mismatch');
      expect(await store.blobs.status(ref)).toEqual({ receivedBytes: 0, complete: false });
      expect(await upload(ref, content)).toEqual({ receivedBytes: sizeBytes, complete: true });
      void falseOne.send(wrong.subarray(MiB));
      falseOne.end();
      await expectError(falseUpload, 'digest_mismatch');
      expect((await readAll(store.blobs.read(ref))).equals(content)).toBe(true);
    });

    describe('that began anew under an upload', () => {
      const MiB = limits.blobChunkBytes;
      const whole = content.subarray(0, 2 * MiB);
      const digest = sha256(whole);
      const wrong = Buffer.from(whole);
      wrong[5] = (wrong[5] ?? 0) ^ 1;

      /** An upload of whole pieces, beside which another fails at its digest, so that nothing is left. */
      async function droppedAfter(pieces: number) {
        const { store } = await makeWorld(open);
        const late = stepped();
        const write = (upload: { sizeBytes: number; offset: number; content: AsyncIterable<Uint8Array> }) =>
          store.blobs.write({ kind, digest }, upload);
        const upload = write({ sizeBytes: whole.length, offset: 0, content: late.content });
        for (let i = 0; i < pieces; i++) await late.send(whole.subarray(i * MiB, (i + 1) * MiB));
        const offset = pieces * MiB;
        const failing = { sizeBytes: offset + 1, offset, content: streamOf(Buffer.from('x')) };
        await expectError(write(failing), 'digest_mismatch');
        const status = () => store.blobs.status({ kind, digest });
        expect(await status()).toEqual({ receivedBytes: 0, complete: false });
        return { late, upload, write, status };
      }

      test('take nothing more from it', async () => {
        const { late, upload, status } = await droppedAfter(1);
        void late.send(whole.subarray(MiB));
        await expectError(upload, 'range_mismatch');
        expect(await status()).toEqual({ receivedBytes: 0, complete: false });
      });

      test('with a false beginning do not become complete by its true ending', async () => {
        const { late, upload, write, status } = await droppedAfter(1);
        await write({ sizeBytes: whole.length, offset: 0, content: streamOf(wrong.subarray(0, MiB)) });
        void late.send(whole.subarray(MiB));
        await expectError(upload, 'range_mismatch');
        expect(await status()).toEqual({ receivedBytes: MiB, complete: false });
      });

      test('with false content do not become complete because it has sent the true', async () => {
        const { late, upload, write, status } = await droppedAfter(2);
        await write({ sizeBytes: whole.length + 1, offset: 0, content: streamOf(wrong) });
        late.end();
        await expectError(upload, 'range_mismatch');
        expect(await status()).toEqual({ receivedBytes: whole.length, complete: false });
      });
    });
  });

  test('an archive and a state of one digest are two blobs', async () => {
    const { store, upload } = await makeWorld(open);
    await upload({ kind: 'archive', digest: sha256(content) }, content);
    expect(await store.blobs.size({ kind: 'state', digest: sha256(content) })).toBeNull();
  });
}
