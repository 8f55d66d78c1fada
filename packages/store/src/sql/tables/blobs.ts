import type { EngineName } from '@berth/protocol';

export interface BlobTable {
  /** Of an archive its sha256; of a state a keyed hash of that. */
  id: string;
  kind: 'archive' | 'state';
  received_bytes: number;
  complete: number;
  /** Counts how often it has begun anew: an upload that began before has nothing to add. */
  generation: number;
  created_at: number;
  /** When bytes last arrived: what was begun and never finished is found by it. */
  touched_at: number;
}

/** A piece of at most 1 MiB; a state's is sealed. Pieces are as long as what had arrived, so their offsets are uneven. */
export interface BlobChunkTable {
  blob_id: string;
  byte_offset: number;
  /** Of the plain content. */
  size_bytes: number;
  content: Uint8Array;
}

/** A state that a workspace has or had. Builds and attempts name it; a blob that no row here names is an orphan. */
export interface StateTable {
  id: string;
  blob_id: string;
  /** sha256 of the plain text, sealed: in the open it would tell whether two states are the same. */
  sealed_digest: Uint8Array;
  size_bytes: number;
  serial: number;
  lineage: string;
  /** Engine that wrote it. */
  engine_name: EngineName;
  engine_version: string;
  created_at: number;
  /** The build that it belongs to; null for the snapshots that older versions of Berth stored. */
  build_id: string | null;
  /** Null unless an attempt handed it in. */
  attempt: number | null;
  kind: 'final' | 'snapshot' | 'salvage' | 'pushed';
  /** User id; null unless it was pushed. */
  pushed_by: string | null;
  /** When its content was dropped. Another state may have the same content, and keep it. */
  dropped_at: number | null;
}

/** Every key that something in this database may be sealed with. */
export interface EncryptionKeyTable {
  id: string;
  created_at: number;
}
