import { type DaemonCapabilities, transition } from '@berth/protocol';
import type { JobRecord } from '../../contract/jobs.js';
import type { StoreContext } from '../context.js';
import type { Tx } from '../database.js';
import { advanceVirtualTime } from '../queue/fairShare.js';
import { selectHeads } from '../queue/heads.js';
import type { Lane, LaneCache } from '../queue/lanes.js';
import { pick } from '../queue/pick.js';
import { readJob } from './jobRow.js';
import { type LockedJob, lockedJob, saveJob } from './lockedJob.js';

/** A job that was reserved for a daemon, with what an offer tells of it. */
interface Claimed {
  job: JobRecord;
  archive: string;
  lockFile: string | null;
}

/** Reserves the best pending job that the daemon may run. One transaction: two claimers never get the same job. */
export async function claim(
  { database }: StoreContext,
  lanes: LaneCache,
  daemon: DaemonCapabilities & { id: string },
  offerMs: number,
): Promise<Claimed | null> {
  return database.write(
    async tx => {
      const matching = await lanes.matching(tx, daemon);
      const job = await takeBest(tx, matching);
      if (job === null) return null;

      const facts = transition(job.record, { type: 'offer', offerMs }, tx.now);
      const { name } = await tx.db
        .selectFrom('daemons')
        .select('name')
        .where('id', '=', daemon.id)
        .executeTakeFirstOrThrow();
      const record = await saveJob(tx, job, { facts, phase: null, daemon: { id: daemon.id, name } });
      await tx.db
        .insertInto('attempts')
        .values({
          job_id: record.id,
          number: facts.attempt,
          daemon_id: daemon.id,
          engine_name: daemon.engine.name,
          engine_version: daemon.engine.version,
          offered_at: tx.now,
          logged: 0,
        })
        .execute();
      await advanceVirtualTime(tx, job, job.startTag);
      const version = await tx.db
        .selectFrom('template_versions')
        .select(['archive_digest as archive', 'lock_file_digest as lockFile'])
        .where('id', '=', job.versionId)
        .executeTakeFirstOrThrow();
      return { job: record, ...version };
    },
    { durable: false },
  );
}

/**
 * Locks the job that goes next. Where transactions run side by side, others may be taking jobs that still stand at the
 * heads: those are passed over without waiting, since waiting would make a line of the claimers.
 */
async function takeBest(tx: Tx, lanes: readonly Lane[]): Promise<LockedJob | null> {
  if (lanes.length === 0) return null;
  const queueOf = new Map(lanes.map(lane => [lane.id, lane.queueId]));
  const ids = [...queueOf.keys()];
  const passedOver: string[] = [];
  for (;;) {
    const heads = await selectHeads(tx, ids, passedOver).execute();
    const best = pick(
      heads.map(head => ({ ...head, queueId: queueOf.get(head.laneId) ?? 0 })),
      tx.now,
    );
    if (best === undefined) return null;
    const row = (await tx.holdIfFree('jobs', best.id)) ? await readJob(tx, best.id) : undefined;
    if (row !== undefined && row.finishedAt === null && row.offeredAt === null) return lockedJob(row);
    passedOver.push(best.id);
  }
}
