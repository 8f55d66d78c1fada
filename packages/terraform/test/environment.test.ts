import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';
import { apply, terraformEnvironment } from '../src/index.js';
import { attempt } from './setup.js';

/** One of each class that never reaches the engine. */
const forbidden = [
  'BERTH_SESSION_TOKEN',
  'CODER_SESSION_TOKEN',
  'TF_CLI_ARGS',
  'TF_CLI_ARGS_apply',
  'TF_CLI_CONFIG_FILE',
  'TERRAFORM_CONFIG',
  'TF_DATA_DIR',
  'TF_ENCRYPTION',
  'TF_IGNORE',
  'TF_LOG',
  'TF_LOG_PATH',
  'TF_LOG_CORE',
  'TF_PLUGIN_CACHE_DIR',
  'TF_REATTACH_PROVIDERS',
  'TF_VAR_colour',
  'TF_WORKSPACE',
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'npm_config_registry',
  'npm_lifecycle_event',
  'LD_PRELOAD',
  'LD_AUDIT',
];
/** What an external daemon stands in its network for. */
const passed = ['AWS_ACCESS_KEY_ID', 'KUBECONFIG', 'TF_TOKEN_app_terraform_io', 'VAULT_TOKEN', 'LANG'];
const base = ['PATH', 'HOME', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'SSL_CERT_FILE'];

function host(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map(name => [name, `canary-${name}`]));
}

function names(environment: Record<string, string>): string[] {
  return Object.entries(environment)
    .filter(([, value]) => value.startsWith('canary-'))
    .map(([name]) => name)
    .sort();
}

test.each([
  { of: 'an external daemon', options: { builtIn: false }, arrive: [...passed, ...base, 'OUR_PSK'] },
  { of: 'a built-in daemon', options: { builtIn: true }, arrive: base },
  { of: 'a built-in daemon that allows more', options: { builtIn: true, allow: ['AWS_*'] }, arrive: base },
  {
    of: 'a daemon that narrows it',
    options: { builtIn: false, allow: ['AWS_*', 'LANG'] },
    arrive: [...base, 'AWS_ACCESS_KEY_ID', 'LANG'],
  },
  {
    of: 'a daemon that allows what is forbidden',
    options: { builtIn: false, allow: ['BERTH_*', 'TF_VAR_colour', '*'] },
    arrive: [...passed, ...base, 'OUR_PSK'],
  },
  {
    of: 'a daemon with secrets of its own',
    options: { builtIn: false, secretNames: ['OUR_PSK'] },
    arrive: [...passed, ...base],
  },
])('what arrives from the environment of $of', ({ options, arrive }) => {
  const environment = terraformEnvironment(host([...forbidden, ...passed, ...base, 'OUR_PSK']), options);
  expect(names(environment)).toEqual([...arrive].sort());
  expect(environment).toMatchObject({ CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_INPUT: '0' });
});

test('terraform and its local-exec see none of it', async () => {
  const seen = join(tempDir(), 'seen');
  const env = terraformEnvironment(
    {
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: 'canary-AWS',
      // Each of these would stop or bend the run if it arrived.
      ...host(forbidden),
      OUR_PSK: 'canary-psk',
    },
    { builtIn: false, secretNames: ['OUR_PSK'] },
  );
  const context = await attempt(
    {
      'main.tf': `
variable "colour" {
  default = "green"
}
resource "terraform_data" "main" {
  provisioner "local-exec" {
    command = "env >${seen}"
  }
}
output "colour" {
  value = var.colour
}
`,
    },
    { env },
  );
  const end = await apply({ ...context, env });
  expect(end).toMatchObject({ succeeded: true });
  const lines = readFileSync(seen, 'utf8').split('\n');
  expect(lines.filter(line => line.includes('canary'))).toEqual(['AWS_ACCESS_KEY_ID=canary-AWS']);
  expect(context.events).toContainEqual(
    expect.objectContaining({ type: 'outputs', outputs: { colour: expect.objectContaining({ value: 'green' }) } }),
  );
});
