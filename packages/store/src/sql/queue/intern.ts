import { type JobRequirements, type TagSet, tagSetKey } from '@berth/protocol';
import type { Tx } from '../database.js';

/** Finds or makes the tag set and returns its id. */
export async function internTagSet(tx: Tx, tags: TagSet): Promise<number> {
  const key = tagSetKey(tags);
  const find = () => tx.db.selectFrom('tag_sets').select('id').where('key', '=', key).executeTakeFirst();
  const found = await find();
  if (found !== undefined) return found.id;
  await tx.db
    .insertInto('tag_sets')
    .values({ key })
    .onConflict(conflict => conflict.doNothing())
    .execute();
  return idOf(await find());
}

/** Finds or makes the lane (and the queue) of jobs with these requirements and returns their ids. */
export async function internLane(tx: Tx, job: JobRequirements): Promise<{ laneId: number; queueId: number }> {
  const tag_set_id = await internTagSet(tx, job.tags);
  const queueId = await internQueue(tx, {
    organization_id: job.organization,
    provider: job.provider,
    engine_name: job.engine ?? '',
    tag_set_id,
  });
  const minimum = job.minimumEngineVersion ?? '';
  const find = () =>
    tx.db
      .selectFrom('lanes')
      .select('id')
      .where('queue_id', '=', queueId)
      .where('minimum_engine_version', '=', minimum)
      .executeTakeFirst();
  const found = await find();
  if (found !== undefined) return { laneId: found.id, queueId };
  await tx.db
    .insertInto('lanes')
    .values({ queue_id: queueId, minimum_engine_version: minimum })
    .onConflict(conflict => conflict.doNothing())
    .execute();
  return { laneId: idOf(await find()), queueId };
}

async function internQueue(
  tx: Tx,
  queue: { organization_id: string; provider: string; engine_name: 'terraform' | 'tofu' | ''; tag_set_id: number },
): Promise<number> {
  const find = () =>
    tx.db
      .selectFrom('queues')
      .select('id')
      .where('organization_id', '=', queue.organization_id)
      .where('provider', '=', queue.provider)
      .where('engine_name', '=', queue.engine_name)
      .where('tag_set_id', '=', queue.tag_set_id)
      .executeTakeFirst();
  const found = await find();
  if (found !== undefined) return found.id;
  await tx.db
    .insertInto('queues')
    .values(queue)
    .onConflict(conflict => conflict.doNothing())
    .execute();
  return idOf(await find());
}

function idOf(row: { id: number } | undefined): number {
  if (row === undefined) throw new Error('a row that was just interned is not there');
  return row.id;
}
