import type { EngineName } from '@berth/protocol';
import type { Generated } from 'kysely';

/** The one row says when a coordinator last said that it is alive; 0 before the first time. */
export interface BeatTable {
  id: number;
  at: number;
}

/** Tag sets, each once. */
export interface TagSetTable {
  id: Generated<number>;
  /** The protocol's `tagSetKey`: JSON of its sorted pairs. */
  key: string;
}

/** What shares one order: jobs of one organization, workspace provider, engine and tag set. */
export interface QueueTable {
  id: Generated<number>;
  organization_id: string;
  provider: string;
  /** Empty for any. */
  engine_name: EngineName | '';
  tag_set_id: number;
}

/** The jobs of a queue that need the same least engine version: all of them match the same daemons. */
export interface LaneTable {
  id: Generated<number>;
  queue_id: number;
  /** Empty for any. */
  minimum_engine_version: string;
}

/** Fair share of one queue and priority class. */
export interface QueueShareTable {
  queue_id: number;
  priority: number;
  virtual_time: number;
}

/** Finish tag of the last job of an initiator in one queue and priority class. */
export interface InitiatorShareTable {
  queue_id: number;
  priority: number;
  /** User id; empty for jobs that nobody asked for. */
  initiator: string;
  finish_tag: number;
}
