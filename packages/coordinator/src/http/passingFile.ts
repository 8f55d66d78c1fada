import { createReadStream, rmSync } from 'node:fs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Streamed } from './streamed.js';

/** A file that was made for one answer, and is removed once that has been sent or has broken off. */
export class PassingFile extends Streamed {
  /** @param filename what a browser would save it as */
  constructor(
    private readonly path: string,
    private readonly sizeBytes: number,
    private readonly filename: string,
  ) {
    super();
  }

  async sendTo(_request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const content = createReadStream(this.path);
    content.once('close', () => rmSync(this.path, { force: true }));
    reply.header('content-type', 'application/octet-stream').header('content-length', this.sizeBytes);
    reply.header('content-disposition', `attachment; filename="${this.filename}"`);
    return reply.send(content);
  }
}
