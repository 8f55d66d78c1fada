import { attemptRef, attemptSpec, daemonName, id } from '@berth/protocol';
import { z } from 'zod';

/** Why an attempt was told to end before it was done. */
export const stopReason = z.enum(['canceled', 'daemon_stopping', 'fenced']);

/** What is noted of an attempt, one line of JSON each, in the order in which it came to be. */
export const journalFact = z.discriminatedUnion('fact', [
  /** The first line of every journal: a daemon is about to accept the attempt. */
  attemptRef.extend({
    fact: z.literal('begun'),
    /** The daemon that accepts: its name, and the id that its coordinator knows it by. */
    daemon: z.object({ id, name: daemonName }),
    /** In a later boot nothing that this one started can run. */
    bootId: z.string(),
  }),
  /** The coordinator has answered the accept. */
  z.object({ fact: z.literal('accepted'), spec: attemptSpec }),
  /**
   * From here on an engine that can change something may be started at any time. On the disk before it is: a journal
   * without this line proves that there was none.
   */
  z.object({ fact: z.literal('apply_may_start') }),
  /** What must not be seen in a log, beside what the spec says. */
  z.object({ fact: z.literal('secrets'), values: z.array(z.string()) }),
  /** The process has ended in order, and left the attempt to the next one. */
  z.object({ fact: z.literal('left') }),
  /** An engine was told to end: it exits as if it had failed, and the reason makes the difference. */
  z.object({ fact: z.literal('stopped'), reason: stopReason }),
]);
export type JournalFact = z.infer<typeof journalFact>;
