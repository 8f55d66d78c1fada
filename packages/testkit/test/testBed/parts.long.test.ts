import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir, testHelm, testPlugins, testTofu } from '../../src/index.js';

const [tofu, helm, plugins] = [await testTofu(), await testHelm(), await testPlugins(['time', 'coder', 'kubectl'])];
const because = (skipped: string | null) => (skipped === null ? '' : ` (skipped: ${skipped})`);

test.skipIf(tofu.path === null)(`OpenTofu calls itself a released version${because(tofu.skipped)}`, () => {
  expect(run(tofu.path, 'version', '-json')).toMatchObject({ terraform_version: tofu.version });
});

test.skipIf(helm.path === null)(`helm knows its version${because(helm.skipped)}`, () => {
  expect(execFileSync(helm.path ?? '', ['version', '--short'], { encoding: 'utf8' })).toContain(`v${helm.version}`);
});

test.skipIf(plugins.mirror === null)(`a mirror holds its plugins for both engines${because(plugins.skipped)}`, () => {
  for (const host of ['registry.terraform.io', 'registry.opentofu.org']) {
    for (const plugin of ['hashicorp/time', 'coder/coder', 'gavinbunney/kubectl']) {
      expect(existsSync(join(plugins.mirror ?? '', host, plugin)), `${host}/${plugin}`).toBe(true);
    }
  }
});

/** Runs a program that knows nothing of this machine's settings, and parses what it prints. */
function run(program: string | null, ...args: string[]): unknown {
  const home = tempDir();
  return JSON.parse(execFileSync(program ?? '', args, { encoding: 'utf8', env: { HOME: home }, cwd: home }));
}
