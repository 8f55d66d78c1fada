import { compareVersions, type Engine, type EngineName } from './engine.js';
import { isUntagged, missingTags, type TagSet } from './tags.js';

/** What a job asks of a daemon. */
export interface JobRequirements {
  /** Organization id. */
  organization: string;
  /** Workspace provider: `built-in` or a provider's id. */
  provider: string;
  /** Null as long as the template version has none: an import takes the engine of the daemon that claims it. */
  engine: EngineName | null;
  /** Engine version that last wrote the state: an older one could not read it. */
  minimumEngineVersion: string | null;
  tags: TagSet;
}

/** What a daemon brings. */
export interface DaemonCapabilities {
  organization: string;
  /** `built-in` unless the daemon came with a workspace provider's token. */
  provider: string;
  engine: Engine;
  tags: TagSet;
}

/** One reason why a daemon may not run a job. */
export type Mismatch =
  | { kind: 'organization' }
  | { kind: 'provider' }
  | { kind: 'engine'; wanted: EngineName; has: EngineName }
  | { kind: 'engine_version'; wanted: string; has: string }
  | { kind: 'tag'; key: string; wanted: string; has: string | null }
  /** The job has no tags of its own, the daemon has. */
  | { kind: 'tagged_daemon' };

/** Every reason why `daemon` may not run `job`; empty when it may. The only place that knows the rule. */
export function mismatches(job: JobRequirements, daemon: DaemonCapabilities): Mismatch[] {
  const found: Mismatch[] = [];
  if (job.organization !== daemon.organization) found.push({ kind: 'organization' });
  if (job.provider !== daemon.provider) found.push({ kind: 'provider' });
  if (job.engine !== null && job.engine !== daemon.engine.name) {
    found.push({ kind: 'engine', wanted: job.engine, has: daemon.engine.name });
  } else if (
    job.minimumEngineVersion !== null &&
    compareVersions(daemon.engine.version, job.minimumEngineVersion) < 0
  ) {
    found.push({ kind: 'engine_version', wanted: job.minimumEngineVersion, has: daemon.engine.version });
  }
  const missing = missingTags(job.tags, daemon.tags);
  found.push(...missing.map(tag => ({ kind: 'tag' as const, ...tag })));
  if (missing.length === 0 && isUntagged(job.tags) && !isUntagged(daemon.tags)) found.push({ kind: 'tagged_daemon' });
  return found;
}

/** Whether `daemon` may run `job`. */
export function canRun(job: JobRequirements, daemon: DaemonCapabilities): boolean {
  return mismatches(job, daemon).length === 0;
}
