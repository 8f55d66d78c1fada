import type {
  AttemptResult,
  EngineName,
  Page,
  Paged,
  ParameterValues,
  TagSet,
  VariableDeclaration,
} from '@berth/protocol';
import type { JobRecord } from './jobs.js';

export interface TemplateRecord {
  id: string;
  name: string;
  organization: { id: string; name: string };
  description: string;
  deprecated: string | null;
  activeVersion: { id: string; name: string } | null;
  /** Workspaces that are not deleted. */
  workspaces: number;
  createdAt: number;
  updatedAt: number;
}

/** What a finished import found. */
export type ImportResult = Extract<AttemptResult, { type: 'template_import' }>;

export interface TemplateVersionRecord {
  id: string;
  name: string;
  template: { id: string; name: string };
  organization: { id: string; name: string };
  message: string;
  createdBy: { id: string; username: string };
  createdAt: number;
  archive: { digest: string; sizeBytes: number };
  tags: TagSet;
  active: boolean;
  /** Engine of the import (or asked for by the push); null before it is known. */
  engine: EngineName | null;
  engineVersion: string | null;
  job: JobRecord;
  /** Null until the import has succeeded. */
  imported: ImportResult | null;
  /** Values that pin variables. Kept encrypted. */
  pinned: ParameterValues;
}

export interface NewVersion {
  organizationId: string;
  /** Template name; the template is made when there is none. */
  template: string;
  /** Null for `v1`, `v2`… */
  name: string | null;
  message: string;
  createdBy: string;
  archive: string;
  tags: TagSet;
  pinned: ParameterValues;
  samples: ParameterValues;
  /** Make it the active version once it has imported, unless a later push is active by then. */
  activate: boolean;
  /** For dry runs alone: in no list, never active or built; makes no template that others see. Default false. */
  draft?: boolean | undefined;
  /** Null for that of the active version, or of the daemon that imports it when there is none. */
  engine: EngineName | null;
}

export interface TemplateStore {
  /**
   * Makes template (if new), version and import job in one transaction. Throws `name_taken` for a version name that the
   * template has, `not_found` when the archive is not complete.
   */
  push(version: NewVersion): Promise<{ version: TemplateVersionRecord; created: boolean }>;
  byId(id: string): Promise<TemplateRecord | null>;
  byName(organizationId: string, name: string): Promise<TemplateRecord | null>;
  list(filter: { organizationId: string; name?: string | undefined }, page: Page): Promise<Paged<TemplateRecord>>;
  /** Throws `name_taken`, `version_not_ready` (of another template, or not imported), `not_found`. */
  edit(
    id: string,
    change: {
      name?: string | undefined;
      description?: string | undefined;
      deprecated?: string | null | undefined;
      activeVersion?: string | undefined;
    },
  ): Promise<TemplateRecord>;
  /** Throws `template_in_use` while it has workspaces. Its name is free afterwards. */
  remove(id: string): Promise<void>;
  version(id: string): Promise<TemplateVersionRecord | null>;
  versions(
    templateId: string,
    filter: { name?: string | undefined },
    page: Page,
  ): Promise<Paged<TemplateVersionRecord>>;
}

/** The root variables of an imported version. */
export function declaredVariables(version: TemplateVersionRecord): VariableDeclaration[] {
  return version.imported?.variables ?? [];
}
