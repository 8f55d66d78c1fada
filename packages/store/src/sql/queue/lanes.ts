import { canRun, type DaemonCapabilities, type JobRequirements, tagSetKey } from '@berth/protocol';
import type { Kysely } from 'kysely';
import type { Tx } from '../database.js';
import type { Tables } from '../tables/index.js';

/** A lane as matching looks at it. */
export interface Lane {
  id: number;
  queueId: number;
  requirements: JobRequirements;
}

/** How many sorts of daemons are remembered with what they match. */
const KEPT_SORTS = 1_000;

/**
 * Knows the lanes of the store and which of them a daemon may take jobs from. Lanes are interned and never change or go,
 * so each is looked at once: a claim asks only for those that came since.
 */
export class LaneCache {
  #lastId = 0;
  readonly #lanes: Lane[] = [];
  /** For each sort of daemon: its lanes among the first `looked`. */
  readonly #matching = new Map<string, { looked: number; lanes: Lane[] }>();

  /** The lanes whose jobs the daemon may run. The transaction has interned none: one that is undone would stay here. */
  async matching(tx: Tx, daemon: DaemonCapabilities): Promise<readonly Lane[]> {
    await this.#refresh(tx);
    const sort = JSON.stringify([daemon.organization, daemon.provider, daemon.engine, tagSetKey(daemon.tags)]);
    let known = this.#matching.get(sort);
    if (known === undefined) {
      if (this.#matching.size >= KEPT_SORTS) this.#matching.clear();
      known = { looked: 0, lanes: [] };
      this.#matching.set(sort, known);
    }
    const fresh = this.#lanes.slice(known.looked).filter(lane => canRun(lane.requirements, daemon));
    known.looked = this.#lanes.length;
    known.lanes.push(...fresh);
    return known.lanes;
  }

  async #refresh(tx: Tx): Promise<void> {
    const rows = await tx.prepared('lanes after', [this.#lastId], () => selectLanes(tx.db, this.#lastId));
    for (const { id, queueId, ...row } of rows) {
      this.#lanes.push({ id, queueId, requirements: requirementsOf(row) });
      this.#lastId = id;
    }
  }
}

function selectLanes(db: Kysely<Tables>, afterId: number) {
  return db
    .selectFrom('lanes')
    .innerJoin('queues', 'queues.id', 'lanes.queue_id')
    .innerJoin('tag_sets', 'tag_sets.id', 'queues.tag_set_id')
    .select([
      'lanes.id',
      'lanes.queue_id as queueId',
      'queues.organization_id as organization',
      'queues.provider',
      'queues.engine_name as engine',
      'lanes.minimum_engine_version as minimumEngineVersion',
      'tag_sets.key as tagKey',
    ])
    .where('lanes.id', '>', afterId)
    .orderBy('lanes.id');
}

/** The requirements that queue, lane and tag set stand for. */
export function requirementsOf(row: {
  organization: string;
  provider: string;
  engine: 'terraform' | 'tofu' | '';
  minimumEngineVersion: string;
  tagKey: string;
}): JobRequirements {
  return {
    organization: row.organization,
    provider: row.provider,
    engine: row.engine === '' ? null : row.engine,
    minimumEngineVersion: row.minimumEngineVersion === '' ? null : row.minimumEngineVersion,
    tags: Object.fromEntries(JSON.parse(row.tagKey)),
  };
}
