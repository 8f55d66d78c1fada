import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { limits } from '@berth/protocol';
import { type ReadEntry, Unpack } from 'tar';
import { checkArchive } from './checkArchive.js';
import { refused } from './refused.js';
import type { CheckedArchive } from './tarCheck.js';

export type UnpackedArchive = CheckedArchive;

/**
 * Unpacks a template archive (gzip tar) into a new folder. The whole archive is checked before anything is written; if it
 * may not be unpacked, or unpacking fails, the folder is gone again.
 *
 * @param source an archive file, or its bytes, which are put beside the folder meanwhile
 * @param folder must not exist; made with mode 0700
 * @throws BerthError `archive_refused`, naming the entry to blame
 */
export async function unpackArchive(source: string | Readable, folder: string): Promise<UnpackedArchive> {
  await mkdir(folder, { mode: 0o700 });
  const received = `${folder}.received`;
  try {
    const file = source instanceof Readable ? received : source;
    if (source instanceof Readable) await receive(source, file);
    const checked = await checkArchive(file, source instanceof Readable ? 'the archive' : basename(source));
    await extract(file, folder);
    return checked;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    await rm(received, { force: true });
  }
}

async function receive(source: Readable, file: string): Promise<void> {
  let size = 0;
  await pipeline(
    source,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        size += chunk.length;
        if (size > limits.archivePackedBytes) {
          throw refused('the archive', `is larger than ${limits.archivePackedBytes / 1024 ** 2} MiB`);
        }
        yield chunk;
      }
    },
    createWriteStream(file, { mode: 0o600 }),
  );
}

/** node-tar's own checks stay on behind ours (`strict` makes them errors). */
async function extract(file: string, folder: string): Promise<void> {
  const unpack = new Unpack({
    cwd: folder,
    strict: true,
    noMtime: true,
    // As root it would take over owners otherwise.
    preserveOwner: false,
    dmode: 0o755,
    onReadEntry: normaliseMode,
  });
  await pipeline(createReadStream(file), createGunzip(), sinkOf(unpack));
}

function sinkOf(unpack: Unpack): Writable {
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      if (unpack.write(chunk)) done();
      else unpack.once('drain', done);
    },
    final(done) {
      unpack.once('close', done);
      unpack.end();
    },
  });
  unpack.on('error', (error: Error) => sink.destroy(error));
  return sink;
}

/** Of the mode only "executable" counts: no set-user-id bits, and nothing that its owner cannot read or remove. */
function normaliseMode(entry: ReadEntry): void {
  const executable = entry.type === 'Directory' || ((entry.mode ?? 0) & 0o100) !== 0;
  entry.mode = executable ? 0o755 : 0o644;
}
