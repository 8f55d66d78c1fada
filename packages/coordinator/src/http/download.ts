import { Readable } from 'node:stream';
import { BerthError } from '@berth/protocol';
import type { BlobRef, BlobStore } from '@berth/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { notFound } from '../access/authorize.js';
import { Streamed } from './streamed.js';

/** A blob as an answer: whole, or the one range of bytes that was asked for. */
export class Download extends Streamed {
  /** @param filename what a browser would save it as */
  constructor(
    private readonly blobs: Pick<BlobStore, 'size' | 'read'>,
    private readonly blob: BlobRef,
    private readonly filename: string,
  ) {
    super();
  }

  async sendTo(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const size = await this.blobs.size(this.blob);
    if (size === null) throw notFound(this.blob.kind);
    const etag = `"${this.blob.digest}"`;
    reply.header('etag', etag).header('accept-ranges', 'bytes').header('content-type', 'application/octet-stream');
    reply.header('content-disposition', `attachment; filename="${this.filename}"`);
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    const condition = request.headers['if-range'];
    const asked = condition === undefined || condition === etag ? readRange(request.headers.range, size) : null;
    if (asked === 'unsatisfiable') {
      const error = new BerthError('range_mismatch', `the content has ${size} bytes`);
      return reply.code(416).header('content-range', `bytes */${size}`).type('application/json').send(error.toBody());
    }
    const range = asked ?? { offset: 0, length: size };
    if (asked !== null) {
      const last = range.offset + range.length - 1;
      reply.code(206).header('content-range', `bytes ${range.offset}-${last}/${size}`);
    }
    reply.header('content-length', range.length);
    return reply.send(Readable.from(this.blobs.read(this.blob, range), { objectMode: false }));
  }
}

/**
 * Reads a Range header of one range of bytes. Null where there is none, or one of a form that need not be served (several
 * ranges, another unit): the whole is then sent, as HTTP has it.
 */
function readRange(
  header: string | undefined,
  size: number,
): { offset: number; length: number } | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return null;
  const [, from = '', to = ''] = match;
  if (from === '') {
    const length = Math.min(Number(to), size);
    return length === 0 ? 'unsatisfiable' : { offset: size - length, length };
  }
  const offset = Number(from);
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== '' && Number(to) < offset) return null;
  return offset >= size ? 'unsatisfiable' : { offset, length: last - offset + 1 };
}
