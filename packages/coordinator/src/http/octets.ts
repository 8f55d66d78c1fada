import type { FastifyRequest } from 'fastify';

/**
 * The body of a request as it arrives. When whoever reads it stops early, the rest is read and dropped, so that the reason
 * can still be answered: a connection that is cut while the caller writes would lose the answer.
 */
export async function* octets({ raw }: FastifyRequest): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* raw.iterator({ destroyOnReturn: false });
  } finally {
    raw.resume();
  }
}
