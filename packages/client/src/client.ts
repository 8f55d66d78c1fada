import { BerthError, type Route } from '@berth/protocol';
import type { z } from 'zod';
import { answerError } from './answerError.js';
import { networkError } from './networkError.js';
import { buildRequest, type RequestParts } from './request.js';

export interface ClientOptions {
  /** Address of the coordinator, such as `https://berth.example.com`; a path below it is kept. */
  url: string;
  /** Session or API token; null for routes that need none. */
  token?: string | null;
  fetch?: typeof globalThis.fetch;
  /** How long a call with a JSON answer may take, in milliseconds. Default 60 s; streams have no limit. */
  timeoutMs?: number;
}

/** What a route is called with: its params, query and body where it has them, optional where all of them are. */
export type CallInput<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = Part<'params', z.input<P>> &
  Part<'query', z.input<Q>> &
  Part<'body', z.input<B>> & { signal?: AbortSignal };

type Part<Key extends string, Value> =
  Record<never, never> extends Value ? { [K in Key]?: Value } : { [K in Key]: Value };

/** An input that may be left out where nothing in it is required. */
type Arguments<Input> = Record<never, never> extends Input ? [Input?] : [Input];

/**
 * The HTTP API of one coordinator. Every error is a BerthError: the coordinator's own as it answered it, `unreachable`
 * when none answered. An aborted signal is no error of the API: its reason is thrown as it is.
 */
export interface Client {
  readonly url: string;
  /** Calls a route with a JSON answer (or none) and reads the answer by the route's schema. */
  call<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
    route: Route<P, Q, B, A>,
    ...input: Arguments<CallInput<P, Q, B>>
  ): Promise<z.output<A>>;
  /**
   * Calls any route and gives the answer once its status says success; its body is the caller's to read. The input is
   * that of `call`, unchecked: it is for the streaming functions of this package.
   */
  send(route: Route, parts: RequestParts): Promise<Response>;
}

export function createClient(options: ClientOptions): Client {
  const fetch = options.fetch ?? globalThis.fetch;
  const url = options.url.replace(/\/+$/, '');
  const token = options.token ?? null;

  const send: Client['send'] = async (route, parts) => {
    let response: Response;
    try {
      const request = buildRequest(url, token, route, parts);
      response = await fetch(request.url, request.init);
    } catch (error) {
      throw networkError(url, error, parts.signal);
    }
    if (response.ok) return response;
    throw await answerError(url, response);
  };

  return {
    url,
    send,
    async call(route, ...[input]) {
      const timeout = AbortSignal.timeout(options.timeoutMs ?? 60_000);
      const signal = input?.signal === undefined ? timeout : AbortSignal.any([input.signal, timeout]);
      let text: string;
      try {
        const response = await send(route, { ...input, signal });
        text = await response.text();
      } catch (error) {
        if (error instanceof BerthError) throw error;
        throw networkError(url, error, input?.signal);
      }
      return readAnswer(url, route.response, route.responseBody === 'json' ? text : '{}');
    },
  };
}

function readAnswer<A extends z.ZodType>(url: string, schema: A, text: string): z.output<A> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new BerthError('internal', `the coordinator at ${url} gave an answer that this version does not understand`, {
      cause,
      hint: "Compare 'berth version' with the version of the coordinator.",
    });
  }
}
