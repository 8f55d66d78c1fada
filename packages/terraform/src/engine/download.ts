import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface DownloadOptions {
  signal: AbortSignal;
  /** Gives up when nothing has come for so long. */
  stallMs: number;
  maxBytes: number;
  /** `NAME:PASSWORD` for the server, percent-encoded; it is not told to another that it sends us to. */
  login: string | null;
}

/** Fetches a file into memory. Throws Error. */
export async function downloadBytes(url: string, options: DownloadOptions): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await receive(url, options, async body => {
    for await (const chunk of body) chunks.push(chunk);
  });
  return Buffer.concat(chunks);
}

/** Fetches a file to disk; returns the sha256 of what came. Throws Error. */
export async function downloadFile(url: string, path: string, options: DownloadOptions): Promise<string> {
  const sum = createHash('sha256');
  await receive(url, options, async body => {
    const summing = new Transform({
      transform(chunk: Buffer, _, done) {
        sum.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(body, summing, createWriteStream(path, { flags: 'wx' }));
  });
  return sum.digest('hex');
}

async function receive(url: string, options: DownloadOptions, use: (body: Readable) => Promise<void>): Promise<void> {
  const { signal, stallMs, maxBytes, login } = options;
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(new Error(`nothing came for ${stallMs / 1000} s`)), stallMs);
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, stalled.signal]),
      redirect: 'follow',
      headers:
        login === null ? {} : { authorization: `Basic ${Buffer.from(decodeURIComponent(login)).toString('base64')}` },
    });
    if (!response.ok || response.body === null) throw new Error(`the answer was ${response.status}`);
    let received = 0;
    const watching = new Transform({
      transform(chunk: Buffer, _, done) {
        timer.refresh();
        received += chunk.length;
        done(received > maxBytes ? new Error(`it is larger than ${maxBytes} bytes`) : null, chunk);
      },
    });
    await Promise.all([pipeline(Readable.fromWeb(response.body), watching), use(watching)]);
  } catch (error) {
    signal.throwIfAborted();
    if (stalled.signal.aborted) throw stalled.signal.reason;
    // What fetch says itself is `fetch failed`; the reason is below.
    throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
  } finally {
    clearTimeout(timer);
  }
}
