import { createHash } from 'node:crypto';
import { type Client, uploadFile } from '@berth/client';
import {
  type AttemptOutcome,
  type AttemptResult,
  type Build,
  type ParameterValues,
  routes,
  type StateRef,
  type TemplateVersion,
  type Transition,
  type VariableDeclaration,
  type Workspace,
} from '@berth/protocol';
import type { TestCoordinator } from './coordinator.js';
import type { Attempt, TestDaemon } from './daemon.js';

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

export function findings(variables: VariableDeclaration[] = [], more: object = {}): AttemptResult {
  return {
    type: 'template_import',
    engine: { name: 'terraform', version: '1.11.4' },
    variables,
    outputs: [],
    readme: null,
    requiredVersion: null,
    plugins: [],
    lockFile: null,
    ignoredBackend: null,
    plan: null,
    planSkipped: null,
    ...more,
  };
}

interface Push {
  template?: string;
  archive?: string;
  tags?: Record<string, string> | null;
  variables?: ParameterValues;
  samples?: ParameterValues;
  engine?: 'terraform' | 'tofu' | null;
  activate?: boolean;
  name?: string | null;
}

/** Uploads an archive (any bytes: nobody here unpacks it) and pushes it. */
export async function push(test: TestCoordinator, client: Client, options: Push = {}) {
  const { template = 'scratch', archive = `archive of ${template}`, ...body } = options;
  const digest = sha256(archive);
  await uploadFile(client, { digest, content: new Blob([archive]) });
  return client.call(routes.pushVersion, {
    params: { organization: test.organization, template },
    body: { archive: digest, ...body },
  });
}

/** Lets a daemon take the next offer as an import, and succeed. */
export async function runImport(
  daemon: TestDaemon,
  variables: VariableDeclaration[] = [],
  more: object = {},
): Promise<Attempt> {
  const attempt = await daemon.take();
  await attempt.http.call(routes.uploadAttemptResult, { body: findings(variables, more) });
  await daemon.settle(attempt.ref, { result: true });
  return attempt;
}

/** A template with an imported, active version. */
export async function template(
  test: TestCoordinator,
  daemon: TestDaemon,
  variables: VariableDeclaration[] = [],
  options: Push = {},
  found: object = {},
): Promise<TemplateVersion> {
  const { version } = await push(test, test.owner, options);
  await runImport(daemon, variables, found);
  return test.owner.call(routes.getVersion, { params: { version: version.id } });
}

export function create(
  test: TestCoordinator,
  client: Client,
  version: TemplateVersion,
  name = 'dev',
  parameters: ParameterValues = {},
): Promise<Workspace> {
  return client.call(routes.createWorkspace, {
    params: { organization: test.organization },
    body: { name, template: version.template.id, parameters },
  });
}

export function build(
  client: Client,
  workspace: { id: string },
  transition: Transition,
  more: object = {},
): Promise<Build> {
  return client.call(routes.createBuild, { params: { workspace: workspace.id }, body: { transition, ...more } });
}

export async function uploadState(
  attempt: Attempt,
  content: string,
  kind: 'snapshot' | 'final' = 'final',
  serial = 1,
): Promise<StateRef> {
  const bytes = new TextEncoder().encode(content);
  const state = { digest: sha256(content), sizeBytes: bytes.length, serial, lineage: 'lineage' };
  await attempt.http.send(routes.uploadAttemptState, {
    params: { digest: state.digest },
    query: { size: bytes.length, serial, lineage: state.lineage, kind },
    bytes,
  });
  return state;
}

/** Lets a daemon take the next offer as a build that ends with this state, and succeed. */
export async function runBuild(
  daemon: TestDaemon,
  state: string | null = '{"state":1}',
  more: Partial<AttemptOutcome> = {},
): Promise<Attempt> {
  const attempt = await daemon.take(true);
  const ref = state === null ? null : await uploadState(attempt, state);
  await daemon.settle(attempt.ref, { state: ref, ...more });
  return attempt;
}
