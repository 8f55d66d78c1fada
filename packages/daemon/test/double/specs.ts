import { randomUUID } from 'node:crypto';
import type { AttemptSpec, BerthVariable, Offer, Transition } from '@berth/protocol';

type BuildSpec = Extract<AttemptSpec, { type: 'workspace_build' }>;
type ImportSpec = Extract<AttemptSpec, { type: 'template_import' }>;

/** The spec of a build that needs nothing. */
export function buildSpec(more: Partial<BuildSpec> = {}): BuildSpec {
  return { ...base(), type: 'workspace_build', transition: 'start', state: null, ...more };
}

export function importSpec(more: Partial<ImportSpec> = {}): ImportSpec {
  return { ...base(), type: 'template_import', samples: {}, ...more };
}

export function offerOf(spec: AttemptSpec, lockFileDigest: string | null = null): Offer & { type: 'offer' } {
  const { job, attempt, type, archive } = spec;
  return {
    type: 'offer',
    job,
    attempt,
    jobType: type,
    archive: archive.digest,
    lockFile: lockFileDigest,
    expiresInMs: 5_000,
  };
}

function berthVariable(transition: Transition): BerthVariable {
  return {
    transition,
    start_count: transition === 'start' ? 1 : 0,
    workspace: { id: 'w-1', name: 'dev' },
    owner: { id: 'u-1', username: 'ana', email: 'ana@example.com', name: 'Ana' },
    organization: { id: 'o-1', name: 'default' },
    template: { id: 't-1', name: 'scratch', version: 'v1' },
    build: { id: 'b-1', number: 1 },
    access_url: 'http://127.0.0.1:1',
    provider: {
      name: 'built-in',
      namespace: null,
      storage_class: null,
      service_account: null,
      service_account_annotations: null,
      pod_tolerations: null,
      pod_node_selector: null,
      affinity: null,
    },
  };
}

function base() {
  const job = randomUUID();
  return {
    job,
    attempt: 1,
    token: `berth_att_${job}`,
    organization: { id: randomUUID(), name: 'default' },
    template: { id: randomUUID(), name: 'scratch', version: 'v1' },
    archive: { digest: '0'.repeat(64), sizeBytes: 0 },
    lockFile: null,
    engine: null,
    holdMs: 20 * 60_000,
    lostAfterMs: 30 * 60_000,
    cancelGraceMs: 5 * 60_000,
    variables: [],
    berth: berthVariable('start'),
  };
}
