import type { Engine, Page, Paged, TagSet } from '@berth/protocol';

export interface DaemonRecord {
  id: string;
  name: string;
  organization: { id: string; name: string };
  /** Workspace provider: `built-in` or a provider's id. */
  provider: string;
  builtIn: boolean;
  tags: TagSet;
  slots: number;
  /** Version of Berth. */
  version: string;
  protocol: number;
  engine: Engine;
  platform: string;
  hostname: string;
  sandbox: 'bubblewrap' | 'none';
  /** Identity of its data directory. */
  instance: string;
  connected: boolean;
  draining: boolean;
  /** Slots with an offered or accepted job. */
  busySlots: number;
  createdAt: number;
  lastSeenAt: number;
}

export interface DaemonStore {
  /** Remembers a daemon that has connected: a new one, or the one of the same organization, provider and name. */
  connected(
    daemon: Omit<DaemonRecord, 'id' | 'connected' | 'busySlots' | 'createdAt' | 'lastSeenAt' | 'organization'> & {
      organizationId: string;
    },
  ): Promise<DaemonRecord>;
  /** Its connection has ended. */
  disconnected(id: string): Promise<void>;
  /** At the start of the only coordinator: nobody is connected yet. */
  disconnectAll(): Promise<void>;
  setDraining(id: string, draining: boolean): Promise<void>;
  byId(id: string): Promise<DaemonRecord | null>;
  /** The one that `connected` would take a daemon of this name for. */
  byName(organizationId: string, provider: string, name: string): Promise<DaemonRecord | null>;
  list(filter: { organizationId: string }, page: Page): Promise<Paged<DaemonRecord>>;
}

/** One change by somebody, for the audit log. */
export interface AuditEntry {
  /** User id; null for the coordinator itself. */
  actorId: string | null;
  /** Verb and object: `template.push`, `workspace.delete`, `state.read`… */
  action: string;
  /** Kind and id of what was changed. */
  target: { kind: string; id: string; name: string };
  organizationId: string | null;
  /** Never holds secrets. */
  details: Record<string, string | number | boolean | null>;
}

export interface AuditStore {
  record(entry: AuditEntry): Promise<void>;
  list(page: Page): Promise<Paged<AuditEntry & { id: string; at: number }>>;
}
