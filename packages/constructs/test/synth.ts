import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BerthVariable } from '@berth/protocol';
import { tempDir } from '@berth/testkit';
import { App, WorkspaceStack } from '../src/index.js';

interface Configuration {
  resource: Record<string, Record<string, Record<string, unknown>>>;
  [section: string]: unknown;
}

/** Synthesises a stack and gives its configuration as it would be pushed. */
export function synthesise(make: (stack: WorkspaceStack) => void): Configuration {
  const outdir = tempDir();
  const app = new App({ outdir });
  make(new WorkspaceStack(app, 'test'));
  app.synth();
  return JSON.parse(readFileSync(join(outdir, 'stacks/test/cdk.tf.json'), 'utf8'));
}

/**
 * Applies a configuration of which only Terraform itself is needed.
 *
 * @param variables their values, `berth` included
 * @returns the values of its outputs
 */
export function apply(configuration: object, variables: Record<string, unknown>): Record<string, unknown> {
  const folder = tempDir();
  writeFileSync(join(folder, 'main.tf.json'), JSON.stringify(configuration));
  writeFileSync(join(folder, 'terraform.tfvars.json'), JSON.stringify(variables));
  const terraform = (...args: string[]) => {
    const env = { PATH: process.env.PATH, HOME: folder, CHECKPOINT_DISABLE: '1' };
    return execFileSync('terraform', args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  };
  terraform('init', '-input=false', '-no-color');
  terraform('apply', '-auto-approve', '-input=false', '-no-color');
  const outputs: Record<string, { value: unknown }> = JSON.parse(terraform('output', '-json'));
  return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
}

/** The manifests of a workspace of kubectl's form, by the name of their resource, as Terraform makes them. */
export function manifests(make: (stack: WorkspaceStack) => void, variables: Record<string, unknown>) {
  const configuration = synthesise(make);
  const { kubectl_manifest: made = {}, terraform_data } = configuration.resource;
  const output = Object.fromEntries(
    Object.entries(made).map(([name, { yaml_body }]) => {
      return [name, { value: `\${yamldecode(${String(yaml_body).slice(2, -1)})}` }];
    }),
  );
  // What the plugin would be given is told instead, so that it need not be there.
  const { terraform: _plugins, provider: _provider, ...rest } = configuration;
  return apply({ ...rest, resource: { terraform_data }, output }, variables);
}

/** What the coordinator sends when the workspace provider says nothing. */
export const plainBerth: BerthVariable = {
  transition: 'start',
  start_count: 1,
  workspace: { id: '01999999-0000-7000-8000-0123456789ab', name: 'Dev' },
  owner: { id: '01999999-0000-7000-8000-000000000001', username: 'Ada', email: 'ada@example.com', name: 'Ada L.' },
  organization: { id: '01999999-0000-7000-8000-000000000002', name: 'default' },
  template: { id: '01999999-0000-7000-8000-000000000003', name: 'kubernetes', version: 'v1' },
  build: { id: '01999999-0000-7000-8000-000000000004', number: 1 },
  access_url: 'http://127.0.0.1:7400',
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

/** What it sends of a workspace provider that says something of everything. */
export const fullProvider: BerthVariable['provider'] = {
  name: 'frankfurt',
  namespace: 'workspaces',
  storage_class: 'fast',
  service_account: 'builder',
  service_account_annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/ada' },
  pod_tolerations: [
    { key: 'dedicated', operator: 'Equal', value: 'workspaces', effect: 'NoSchedule', toleration_seconds: null },
    { key: 'spot', operator: 'Exists', value: null, effect: 'NoExecute', toleration_seconds: 60 },
  ],
  pod_node_selector: { pool: 'workspaces' },
  affinity: JSON.stringify({
    podAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 100,
          podAffinityTerm: {
            topologyKey: 'kubernetes.io/hostname',
            labelSelector: { matchExpressions: [{ key: 'berth.dev/workspace', operator: 'Exists' }] },
          },
        },
      ],
    },
  }),
};
