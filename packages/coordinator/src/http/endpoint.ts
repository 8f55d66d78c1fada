import type { Route } from '@berth/protocol';
import type { Store } from '@berth/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { AttemptActor, UserActor } from '../access/actor.js';
import { authenticateAttempt, authenticateUser } from '../access/authenticate.js';
import { readParts } from './readParts.js';
import { Streamed } from './streamed.js';

/** One call of a route, its parts checked by the route's schemas. */
interface Call<P, Q, B, Actor> {
  actor: Actor;
  params: P;
  query: Q;
  body: B;
  /** For what the schemas do not cover: headers, the stream of a body of octets, the address of the caller. */
  request: FastifyRequest;
}

/** A route together with what answers it. Made by {@link anybody}, {@link asUser} or {@link asAttempt}. */
export interface Endpoint {
  route: Route;
  /** Largest JSON body; null for that of any request. */
  bodyBytes: number | null;
  /**
   * Authenticates the caller, before any of the body is read, and gives what answers the request then.
   *
   * @throws BerthError `unauthenticated`
   */
  enter(request: FastifyRequest, store: Store): Promise<Answer>;
}

/** Answers a request whose caller is known. */
export type Answer = (reply: FastifyReply) => Promise<unknown>;

/** What answers one route. It gives the JSON of the answer, or an answer that writes itself. */
type Handler<Actor, P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType> = (
  call: Call<z.output<P>, z.output<Q>, z.output<B>, Actor>,
) => Promise<z.input<A> | Streamed>;

/** Answers a route that needs no credential. */
export function anybody<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
  route: Route<P, Q, B, A>,
  handler: Handler<null, P, Q, B, A>,
): Endpoint {
  return endpoint('public', route, async () => null, handler, null);
}

/** Answers a route for users with a session or API token. What the user may do there is the handler's to check. */
export function asUser<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
  route: Route<P, Q, B, A>,
  handler: Handler<UserActor, P, Q, B, A>,
): Endpoint {
  return endpoint('session', route, authenticateUser, handler, null);
}

/** Answers a route for daemons with the token of an attempt. */
export function asAttempt<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
  route: Route<P, Q, B, A>,
  handler: Handler<AttemptActor, P, Q, B, A>,
  bodyBytes: number | null = null,
): Endpoint {
  return endpoint('attempt', route, authenticateAttempt, handler, bodyBytes);
}

function endpoint<Actor, P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
  auth: Route['auth'],
  route: Route<P, Q, B, A>,
  authenticate: (store: Store, authorization: string | undefined) => Promise<Actor>,
  handler: Handler<Actor, P, Q, B, A>,
  bodyBytes: number | null,
): Endpoint {
  if (route.auth !== auth) throw new Error(`${route.method} ${route.path} is declared for '${route.auth}'`);
  return {
    route,
    bodyBytes,
    async enter(request, store) {
      const actor = await authenticate(store, request.headers.authorization);
      return async reply => {
        const answer = await handler({ actor, ...readParts(route, request), request });
        if (answer instanceof Streamed) return answer.sendTo(request, reply);
        reply.code(route.status);
        return route.responseBody === 'none' ? reply.send() : reply.send(route.response.parse(answer));
      };
    },
  };
}
