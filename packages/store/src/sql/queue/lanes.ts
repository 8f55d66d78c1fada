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
 * so each is looked at once: a claim asks only for those of its organization that came since. The ids within an
 * organization become visible in their order ({@link internLane} sees to that), so none is passed over.
 */
export class LaneCache {
  readonly #organizations = new Map<string, Lane[]>();
  /** For each sort of daemon: its lanes among the first `looked` of its organization. */
  readonly #matching = new Map<string, { looked: number; lanes: Lane[] }>();

  /** The lanes whose jobs the daemon may run. The transaction has interned none: one that is undone would stay here. */
  async matching(tx: Tx, daemon: DaemonCapabilities): Promise<readonly Lane[]> {
    const all = await this.#refresh(tx, daemon.organization);
    const sort = JSON.stringify([daemon.organization, daemon.provider, daemon.engine, tagSetKey(daemon.tags)]);
    let known = this.#matching.get(sort);
    if (known === undefined) {
      if (this.#matching.size >= KEPT_SORTS) this.#matching.clear();
      known = { looked: 0, lanes: [] };
      this.#matching.set(sort, known);
    }
    known.lanes.push(...all.slice(known.looked).filter(lane => canRun(lane.requirements, daemon)));
    known.looked = all.length;
    return known.lanes;
  }

  async #refresh(tx: Tx, organization: string): Promise<readonly Lane[]> {
    const lanes = this.#organizations.get(organization) ?? [];
    this.#organizations.set(organization, lanes);
    const after = lanes.at(-1)?.id ?? 0;
    const rows = await tx.prepared('lanes after', [organization, after], () => selectLanes(tx.db, organization, after));
    // Two claims may have asked at once.
    const last = lanes.at(-1)?.id ?? 0;
    for (const { id, queueId, ...row } of rows) {
      if (id > last) lanes.push({ id, queueId, requirements: requirementsOf(row) });
    }
    return lanes;
  }
}

function selectLanes(db: Kysely<Tables>, organization: string, after: number) {
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
    .where('queues.organization_id', '=', organization)
    .where('lanes.id', '>', after)
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
