import type { FastifyReply, FastifyRequest } from 'fastify';

/** An answer that is no JSON and writes itself. */
export abstract class Streamed {
  abstract sendTo(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
}
