import { BerthError, limits, routes } from '@berth/protocol';
import type { Store } from '@berth/store';
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import type { Logger } from 'pino';
import { defaultTimings, type Timings } from '../timings.js';
import type { Answer, Endpoint } from './endpoint.js';
import { errorAnswer } from './errorAnswer.js';
import { rawAnswer } from './rawAnswer.js';

/** A connection on which nothing moves in either direction for so long is cut. Event streams have their heartbeat. */
const silenceMs = 120_000;

/** How long the headers of a request may take to arrive. */
const headersMs = 60_000;

/** How often idle connections are looked for while the server closes. */
const idleMs = 20;

/**
 * Makes the HTTP server of the API, not listening yet: one place in which requests are authenticated, read, answered and
 * refused, for all routes alike.
 *
 * @throws Error when a route of the protocol has no endpoint
 */
export function makeServer(
  endpoints: readonly Endpoint[],
  store: Store,
  log: Logger,
  { requestMs }: Pick<Timings, 'requestMs'> = defaultTimings,
): FastifyInstance {
  const missing = Object.entries(routes).find(([, route]) => !endpoints.some(endpoint => endpoint.route === route));
  if (missing !== undefined) throw new Error(`nothing answers the route ${missing[0]}`);
  const app = fastify({
    bodyLimit: limits.requestBytes,
    connectionTimeout: silenceMs,
    requestTimeout: requestMs,
    // Node takes the longer of the two times for the whole request, whichever name it came by.
    http: { headersTimeout: Math.min(headersMs, requestMs), connectionsCheckingInterval: Math.min(30_000, requestMs) },
    // A HEAD would run the whole handler, event streams included.
    exposeHeadRoutes: false,
    // Routes are read and answered by their zod schemas. Without these, fastify loads two schema compilers (35 ms).
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    // Refused by the hook below, in the form of every other refusal.
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => {
      const broken = new BerthError('invalid_request', clientErrors[error.code] ?? unreadable(error.code));
      rawAnswer(socket, { status: broken.status, body: broken.toBody() });
    },
    frameworkErrors: (error, _request, reply) => void sendError(error, reply, log),
  });
  app.setErrorHandler((error, _request, reply) => sendError(error, reply, log));
  app.setNotFoundHandler((request, reply) =>
    sendError(
      new BerthError('not_found', `there is no address ${request.method} ${request.url.split('?')[0]}`),
      reply,
      log,
    ),
  );
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onRequest', async () => {
    if (closing) throw new BerthError('unavailable', 'the coordinator is stopping');
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  register(app, endpoints.filter(hasJsonBody), store);
  void app.register(async octets => {
    // A body of octets is read by its handler, as it arrives, whatever type it says it is of.
    octets.removeAllContentTypeParsers();
    octets.addContentTypeParser('*', (_request, _payload, done) => done(null));
    register(
      octets,
      endpoints.filter(endpoint => !hasJsonBody(endpoint)),
      store,
    );
  });
  return app;
}

/** What goes wrong before there is a request, in our words. */
const clientErrors: Record<string, string> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'the request took too long to arrive',
  HPE_HEADER_OVERFLOW: 'the headers of the request are too large',
};

function unreadable(code: string): string {
  return `the request is no HTTP that is understood: ${code}`;
}

function noCompiler(): never {
  throw new Error('no route has a schema of fastify');
}

/** Refuses new requests, lets those in progress go on for a while, and resolves when every connection is closed. */
export async function closeServer(app: FastifyInstance, drainMs: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), drainMs);
  // Those that become idle after the close would be kept for the next request, which never comes.
  const idle = setInterval(() => app.server.closeIdleConnections(), idleMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
    clearInterval(idle);
  }
}

function hasJsonBody({ route }: Endpoint): boolean {
  return route.requestBody !== 'bytes';
}

function register(app: FastifyInstance, endpoints: readonly Endpoint[], store: Store): void {
  for (const endpoint of endpoints) {
    const answers = new WeakMap<object, Answer>();
    app.route({
      method: endpoint.route.method,
      url: endpoint.route.path,
      ...(endpoint.bodyBytes === null ? {} : { bodyLimit: endpoint.bodyBytes }),
      async onRequest(request) {
        answers.set(request, await endpoint.enter(request, store));
      },
      async handler(request, reply) {
        return answers.get(request)?.(reply);
      },
    });
  }
}

async function sendError(error: unknown, reply: FastifyReply, log: Logger): Promise<FastifyReply> {
  const { raw } = reply.request;
  if (raw.destroyed && !raw.complete) {
    // The caller has gone in the middle of its request, so whatever failed is no fault of ours, and nobody is answered.
    log.debug({ err: error }, 'a request was cut off');
    return reply.hijack();
  }
  const { status, body } = errorAnswer(error, log);
  if (status === 503) reply.header('retry-after', '1');
  return reply.code(status).send(body);
}
