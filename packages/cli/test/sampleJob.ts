import type { JobEvent } from '@berth/client';
import type { Job, LogEntry, Phase, TemplateVersion, VariableDeclaration } from '@berth/protocol';
import { declaredVariable } from '@berth/testkit';

const id = '2b7a1f7e-3c4d-4d5e-8f60-0123456789ab';

/** A job that waits, with what the test says of it. */
export function sampleJob(changes: Partial<Job> = {}): Job {
  return {
    id,
    type: 'workspace_build',
    status: 'pending',
    organization: { id, name: 'default' },
    tags: { scope: 'organization', owner: '' },
    engine: null,
    attempt: 1,
    createdAt: 1_000,
    startedAt: null,
    applyStartedAt: null,
    unreachableSince: null,
    giveUpAt: null,
    cancelRequestedAt: null,
    finishedAt: null,
    phase: null,
    daemon: null,
    error: null,
    notes: [],
    waiting: null,
    ...changes,
  };
}

type Kinds = { [K in LogEntry['kind']]: Omit<Extract<LogEntry, { kind: K }>, 'n' | 'at' | 'phase' | 'kind'> };

/** A log entry of a kind; what it does not say is filled in. */
export function sampleEntry<K extends LogEntry['kind']>(
  kind: K,
  fields: Partial<Kinds[K]> = {},
  base: { at?: number; phase?: Phase } = {},
): LogEntry {
  const common = { n: 1, at: base.at ?? 0, phase: base.phase ?? 'apply' };
  const defaults: Kinds = {
    phase: {},
    text: { source: 'engine', level: 'info', text: 'text', address: null },
    resource: { address: 'terraform_data.a', action: 'create', state: 'started', elapsedSeconds: null, note: null },
    diagnostic: {
      severity: 'error',
      summary: 'Invalid value',
      detail: '',
      address: null,
      file: null,
      line: null,
      snippet: null,
    },
    summary: { operation: 'apply', add: 0, change: 0, remove: 0 },
  };
  const all = {
    phase: { ...common, kind: 'phase' as const },
    text: { ...common, kind: 'text' as const, ...defaults.text, ...fields },
    resource: { ...common, kind: 'resource' as const, ...defaults.resource, ...fields },
    diagnostic: { ...common, kind: 'diagnostic' as const, ...defaults.diagnostic, ...fields },
    summary: { ...common, kind: 'summary' as const, ...defaults.summary, ...fields },
  };
  return all[kind];
}

let seq = 0;
export function logEvent(entry: LogEntry, attempt = 1): JobEvent {
  seq++;
  return { type: 'log', entry: { seq, attempt, entry } };
}

export function jobEvent(changes: Partial<Job>): JobEvent {
  return { type: 'job', job: sampleJob(changes) };
}

/** A string variable without default, with what the test says of it. */
export function sampleVariable(changes: Partial<VariableDeclaration>): VariableDeclaration {
  return declaredVariable(changes.name ?? 'size', changes);
}

export function sampleVersion(changes: Partial<TemplateVersion>): TemplateVersion {
  return {
    id,
    name: 'v1',
    template: { id, name: 'scratch' },
    organization: { id, name: 'default' },
    message: '',
    createdBy: { id, username: 'ada' },
    createdAt: 1_000,
    archive: { digest: '0'.repeat(64), sizeBytes: 100 },
    tags: { scope: 'organization', owner: '' },
    active: true,
    engine: 'terraform',
    engineVersion: '1.11.4',
    job: sampleJob({ type: 'template_import', status: 'succeeded', finishedAt: 2_000 }),
    variables: [],
    pinned: [],
    outputs: [],
    plugins: [],
    readme: null,
    ignoredBackend: null,
    plan: null,
    planSkipped: null,
    ...changes,
  };
}
