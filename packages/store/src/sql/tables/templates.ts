import type { EngineName } from '@berth/protocol';
import type { Generated } from 'kysely';

export interface TemplateTable {
  id: string;
  organization_id: string;
  name: string;
  name_key: string;
  description: string;
  deprecated: string | null;
  active_version_id: string | null;
  created_at: number;
  updated_at: number;
  /** A removed template stays for the history of its workspaces. */
  deleted_at: number | null;
}

export interface TemplateVersionTable {
  id: string;
  template_id: string;
  /** Counts the versions of the template. */
  number: number;
  name: string;
  name_key: string;
  message: string;
  created_by: string;
  created_at: number;
  archive_digest: string;
  archive_size_bytes: number;
  tag_set_id: number;
  /** Make it the active version once it has imported. */
  activate: number;
  job_id: string;
  /** Asked for by the push, or the active version's, or found by the import. */
  engine_name: EngineName | null;
  /** The import's; null until it has succeeded. */
  engine_version: string | null;
  lock_file: string | null;
  /** sha256 of the lock file. */
  lock_file_digest: string | null;
  /** JSON array of the names of variables declared sensitive. */
  sensitive: string;
  /** `ParameterValues`, sealed. */
  sealed_pinned: Uint8Array;
  /** Imported for dry runs alone: it is in no list, and cannot be made active or built. */
  draft: Generated<number>;
}
