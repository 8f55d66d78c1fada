import { BerthError, readFrame, toCoordinator } from '@berth/protocol';
import type { RawData } from 'ws';
import { z } from 'zod';
import type { Hello } from './admit.js';
import type { DaemonMessage } from './messages.js';
import { protocolError } from './protocolError.js';

/** One frame of a daemon, as far as it could be read. */
export type Frame =
  | { kind: 'hello'; hello: Hello }
  | { kind: 'message'; message: DaemonMessage }
  /** A hello that cannot be let in: of another protocol, or with a field that is not valid. */
  | { kind: 'refused'; error: BerthError }
  /** No message at all. */
  | { kind: 'bad'; error: BerthError };

/** What every version's hello has. */
const anyHello = z.object({ type: z.literal('hello'), protocol: z.number().int() });

/** @param greeting whether the daemon has yet to say hello: nothing else may come before, and no second one after */
export function readDaemonFrame(data: RawData, isBinary: boolean, greeting: boolean): Frame {
  if (isBinary) return bad('a message must be text');
  const text = data.toString();
  try {
    const message = readFrame(toCoordinator, text);
    if (message.type === 'hello') return greeting ? checked(message) : bad('a second hello');
    return greeting ? bad(`a '${message.type}' before the hello`) : { kind: 'message', message };
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    const hello = greeting ? anyHello.safeParse(parsed(text)) : null;
    if (hello?.success !== true) return { kind: 'bad', error };
    return { kind: 'refused', error: protocolError(hello.data.protocol) ?? error };
  }
}

function checked(hello: Hello): Frame {
  const error = protocolError(hello.protocol);
  return error === null ? { kind: 'hello', hello } : { kind: 'refused', error };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON, so no hello either: the error of the frame says so.
    return null;
  }
}

function bad(message: string): Frame {
  return { kind: 'bad', error: new BerthError('invalid_request', message) };
}
