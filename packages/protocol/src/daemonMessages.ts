import { z } from 'zod';
import { attachments, attemptOutcome, attemptRef, attemptSpec, offer } from './attempt.js';
import { engine } from './engine.js';
import { BerthError, errorBody } from './errors.js';
import { limits } from './limits.js';
import { phase } from './logEntry.js';
import { daemonName, id } from './names.js';
import { tagSetSchema } from './tags.js';

/**
 * The daemon protocol: JSON text frames on the WebSocket of `GET /api/v1/provisionerdaemons/serve`, small messages
 * alone; archives, states, results and logs go over HTTP, so that no blob delays a heartbeat. What a build ends with is
 * attached to its terminal message where it is small.
 *
 *     daemon                               coordinator
 *     hello                            ->
 *                                      <-  welcome | refused
 *                                      <-  offer
 *     accept | decline                 ->
 *                                      <-  accepted | fenced
 *     open_gate                        ->
 *                                      <-  gate | fenced
 *     heartbeat (every 10 s)           ->
 *                                      <-  heartbeat_ack
 *                                      <-  cancel | fenced
 *     progress                         ->
 *     terminal | hand_back |
 *     not_started                      ->
 *                                      <-  settled | fenced
 *
 * accept, open_gate, hand_back, not_started and terminal may be sent again until they are answered; the answer is the
 * same. An accept of an attempt that is under way is answered with a new token: what a daemon asks for when the old one is
 * not known any more.
 */

/** The verdict on an attempt that a daemon says it holds. */
const verdict = attemptRef.extend({
  /** `yours`: go on; `fenced`: stop, it no longer counts; `settled`: its terminal message had arrived. */
  verdict: z.enum(['yours', 'fenced', 'settled']),
  /** A cancel request that stands: `soft` for the ladder, `hard` for its plugin step. */
  cancel: z.enum(['soft', 'hard']).nullable(),
});
export type Verdict = z.infer<typeof verdict>;

export const toCoordinator = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    protocol: z.number().int(),
    /** Version of Berth. */
    version: z.string(),
    name: daemonName,
    /** Name or id; null for the default organization. */
    organization: z.string().nullable(),
    /** As the user gave them; the coordinator adds the implicit ones. */
    tags: tagSetSchema,
    slots: z.number().int().min(1).max(1000),
    engine,
    /** `linux_amd64` and the like. */
    platform: z.string(),
    hostname: z.string(),
    /** Identity of the data directory: the same after a restart on the same one. */
    instance: id,
    sandbox: z.enum(['bubblewrap', 'none']),
    /** Attempts that the daemon still holds, after a reconnect or a restart. */
    attempts: z.array(attemptRef),
    /** It takes no offers for now; false when not given. */
    draining: z.boolean().optional(),
  }),
  attemptRef.extend({
    type: z.literal('accept'),
    /** Asks for the gate with the same message: the daemon has a warm directory and would ask at once. */
    openGate: z.boolean(),
  }),
  attemptRef.extend({ type: z.literal('decline'), reason: z.string() }),
  attemptRef.extend({ type: z.literal('open_gate') }),
  z.object({ type: z.literal('heartbeat'), seq: z.number().int(), attempts: z.array(attemptRef) }),
  attemptRef.extend({ type: z.literal('progress'), phase }),
  /** Before the gate: the daemon is stopping and gives the job back. */
  attemptRef.extend({ type: z.literal('hand_back'), reason: z.string() }),
  /**
   * The daemon's journal proves that no engine that can change anything was started for this attempt, and that none will
   * be: before the gate, or after it. Only a daemon on the data directory that the attempt was accepted with may say so.
   */
  attemptRef.extend({
    type: z.literal('not_started'),
    reason: z.string(),
    /** The daemon died at it: that counts as a lost attempt. False when not given. */
    lost: z.boolean().optional(),
  }),
  attemptRef.extend({
    type: z.literal('terminal'),
    outcome: attemptOutcome,
    /** Left out when everything was uploaded. */
    attached: attachments.optional(),
  }),
  /** The daemon takes no more offers (or takes them again). */
  z.object({ type: z.literal('draining'), draining: z.boolean() }),
]);
export type ToCoordinator = z.infer<typeof toCoordinator>;

export const toDaemon = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    protocol: z.number().int(),
    /** Version of Berth of the coordinator. */
    version: z.string(),
    /** The daemon's id. */
    daemon: id,
    organization: z.object({ id, name: z.string() }),
    /** The daemon's tag set, implicit tags included. */
    tags: tagSetSchema,
    heartbeatMs: z.number().int(),
    /** On each attempt of the hello. */
    attempts: z.array(verdict),
    /** Advice for the daemon's log, such as that a PSK is preferred. */
    notices: z.array(z.string()),
  }),
  z.object({
    type: z.literal('refused'),
    error: errorBody,
    /** Trying again will not help: an idle daemon ends with exit code 3. */
    final: z.boolean(),
  }),
  offer.extend({ type: z.literal('offer') }),
  z.object({ type: z.literal('accepted'), spec: attemptSpec, gateOpen: z.boolean() }),
  attemptRef.extend({
    type: z.literal('gate'),
    /** False when a cancel request came first. */
    open: z.boolean(),
  }),
  attemptRef.extend({ type: z.literal('fenced'), reason: z.string() }),
  attemptRef.extend({ type: z.literal('settled') }),
  attemptRef.extend({ type: z.literal('cancel'), mode: z.enum(['soft', 'hard']) }),
  z.object({ type: z.literal('heartbeat_ack'), seq: z.number().int(), attempts: z.array(verdict) }),
  z.object({ type: z.literal('drain'), draining: z.boolean() }),
  /** The coordinator could not act on a message; `retry` says that sending it again may help. */
  z.object({ type: z.literal('problem'), error: errorBody, about: attemptRef.nullable(), retry: z.boolean() }),
]);
export type ToDaemon = z.infer<typeof toDaemon>;

/** Codes that a side closes the socket with, beyond those of WebSocket itself. */
export const closeCodes = {
  /** After `refused`. */
  refused: 4003,
  /** The peer sent what is no message: not JSON, too large, of an unknown type. */
  badFrame: 4000,
  /** Another connection of the same daemon has taken over. */
  replaced: 4001,
} as const;

/**
 * Reads one frame. Unknown types are an error and not skipped: a peer of another version is found by its `protocol`
 * before it can send any.
 *
 * @throws BerthError `invalid_request`, `limit_exceeded`
 */
export function readFrame<T>(schema: z.ZodType<T>, frame: string): T {
  if (frame.length > limits.frameBytes) {
    throw new BerthError('limit_exceeded', `a message of ${frame.length} bytes is larger than ${limits.frameBytes}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(frame);
  } catch (cause) {
    throw new BerthError('invalid_request', 'the message is not JSON', { cause });
  }
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw new BerthError(
    'invalid_request',
    `the message is not valid: ${issue?.path.join('.') || 'type'}: ${issue?.message}`,
  );
}

/** The header that carries the credential at connect: `Authorization: Bearer TOKEN`, or this one for a PSK. */
export const PSK_HEADER = 'berth-provisioner-psk';
