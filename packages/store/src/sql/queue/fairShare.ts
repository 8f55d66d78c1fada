import type { Tx } from '../database.js';

/** One order of the fair share: the jobs of one priority class in one queue. */
export interface Share {
  queueId: number;
  priority: number;
}

/**
 * Start-time fair queueing. A queue has a virtual time V; a new job of initiator i gets the start tag
 * S = max(V, finish tag of i's last job) and the finish tag S + 1, and jobs are claimed by lowest S. So whoever asks for
 * much waits behind whoever asks for little: a job waits for at most S − V + 1 jobs of each other initiator of its class
 * (those with a start tag from V to S, of which each initiator has one per number). What comes first by its age, and what
 * goes back to its old place, is not counted in that.
 */
export async function takeStartTag(tx: Tx, share: Share, initiatorId: string | null): Promise<number> {
  const initiator = initiatorId ?? '';
  // Until the job is there to be seen, the virtual time must not pass the tag that it gets.
  await tx.hold('queues', share.queueId);
  const queue = await tx.db
    .selectFrom('queue_shares')
    .select('virtual_time as virtualTime')
    .where('queue_id', '=', share.queueId)
    .where('priority', '=', share.priority)
    .executeTakeFirst();
  const virtualTime = queue?.virtualTime ?? 0;
  // One statement, so that two jobs of an initiator never get the same tag.
  const { finishTag } = await tx.db
    .insertInto('initiator_shares')
    .values({ queue_id: share.queueId, priority: share.priority, initiator, finish_tag: virtualTime + 1 })
    .onConflict(conflict =>
      conflict.columns(['queue_id', 'priority', 'initiator']).doUpdateSet(eb => ({
        finish_tag: eb(
          eb
            .case()
            .when('initiator_shares.finish_tag', '>', virtualTime)
            .then(eb.ref('initiator_shares.finish_tag'))
            .else(virtualTime)
            .end(),
          '+',
          1,
        ),
      })),
    )
    .returning('finish_tag as finishTag')
    .executeTakeFirstOrThrow();
  return finishTag - 1;
}

/**
 * Moves the virtual time on after the job with this start tag has left the queue. It becomes that tag, but never passes
 * the lowest one that still waits (a job may have been taken out of order: by its age, or because the daemon's engine is
 * too old for those before it) and never goes back: the bound holds only as long as V ≤ every waiting S.
 */
export async function advanceVirtualTime(tx: Tx, share: Share, claimedTag: number): Promise<void> {
  await tx.hold('queues', share.queueId);
  const lowest = await tx.db
    .selectFrom('lanes')
    .select(eb =>
      eb
        .selectFrom('jobs')
        .select('jobs.start_tag')
        .whereRef('jobs.lane_id', '=', 'lanes.id')
        .where('jobs.finished_at', 'is', null)
        .where('jobs.offered_at', 'is', null)
        .where('jobs.priority', '=', share.priority)
        .orderBy('jobs.start_tag')
        .limit(1)
        .as('tag'),
    )
    .where('lanes.queue_id', '=', share.queueId)
    .execute();
  const waiting = lowest.flatMap(row => (row.tag === null ? [] : [row.tag]));
  const virtual_time = Math.min(claimedTag, ...waiting);
  await tx.db
    .insertInto('queue_shares')
    .values({ queue_id: share.queueId, priority: share.priority, virtual_time })
    .onConflict(conflict =>
      conflict
        .columns(['queue_id', 'priority'])
        .doUpdateSet({ virtual_time })
        .where('queue_shares.virtual_time', '<', virtual_time),
    )
    .execute();
}
