import { timings } from '@berth/protocol';
import type { Tx } from '../database.js';

/** A job at the head of its lane. */
export interface Head {
  id: string;
  laneId: number;
  priority: number;
  startTag: number;
  createdAt: number;
}

/**
 * The heads of the lanes: of each the first by priority class and fair share, and the oldest if it has waited too long.
 * Two index seeks a lane, however many jobs wait.
 *
 * @param passedOver jobs that are not looked at: others are taking them
 */
export function selectHeads(tx: Tx, laneIds: readonly number[], passedOver: readonly string[] = []) {
  return tx.db
    .selectFrom('jobs')
    .select([
      'jobs.id',
      'jobs.lane_id as laneId',
      'jobs.priority',
      'jobs.start_tag as startTag',
      'jobs.created_at as createdAt',
    ])
    .where('jobs.id', 'in', eb =>
      eb
        .selectFrom('lanes')
        .select(lane =>
          lane
            .selectFrom('jobs as head')
            .select('head.id')
            .whereRef('head.lane_id', '=', 'lanes.id')
            .where('head.finished_at', 'is', null)
            .where('head.offered_at', 'is', null)
            .$if(passedOver.length > 0, heads => heads.where('head.id', 'not in', passedOver))
            .orderBy('head.priority')
            .orderBy('head.start_tag')
            .orderBy('head.created_at')
            .orderBy('head.id')
            .limit(1)
            .as('id'),
        )
        .where('lanes.id', 'in', laneIds)
        .unionAll(
          eb
            .selectFrom('lanes')
            .select(lane =>
              lane
                .selectFrom('jobs as oldest')
                .select('oldest.id')
                .whereRef('oldest.lane_id', '=', 'lanes.id')
                .where('oldest.finished_at', 'is', null)
                .where('oldest.offered_at', 'is', null)
                .$if(passedOver.length > 0, oldest => oldest.where('oldest.id', 'not in', passedOver))
                .where('oldest.created_at', '<=', starvingSince(tx.now))
                .orderBy('oldest.created_at')
                .orderBy('oldest.id')
                .limit(1)
                .as('id'),
            )
            .where('lanes.id', 'in', laneIds),
        ),
    );
}

/** Jobs made at this time or before go before every fair share. */
export function starvingSince(now: number): number {
  return now - timings.starvationMs;
}
