import type { EngineName } from '@berth/protocol';

export interface DaemonTable {
  id: string;
  organization_id: string;
  provider: string;
  name: string;
  built_in: number;
  /** JSON of the tag set. */
  tags: string;
  slots: number;
  version: string;
  protocol: number;
  engine_name: EngineName;
  engine_version: string;
  platform: string;
  hostname: string;
  sandbox: 'bubblewrap' | 'none';
  instance: string;
  connected: number;
  draining: number;
  created_at: number;
  last_seen_at: number;
}
