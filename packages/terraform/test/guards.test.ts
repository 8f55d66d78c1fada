import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { switchOffGuard, tempDir, testGuard } from '@berth/testkit';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { guardNames } from '../src/guards.js';
import {
  apply,
  createRedactor,
  init,
  isAlive,
  plan,
  RunFolder,
  readConfiguration,
  readState,
  secondsSinceBoot,
  terraformEnvironment,
  writeOwnBackend,
} from '../src/index.js';
import { testSandbox } from './places.js';
import { fileThere, gone, inFolder, startedRun } from './runs.js';
import { attempt, writeFiles } from './setup.js';

const { sandbox, skipped } = await testSandbox();
const resource = 'resource "terraform_data" "main" {}\n';
const state = '{"version":4,"serial":7,"lineage":"l","outputs":{},"resources":[]}';

test('each guard stands in the table of packages/README.md, with a test that is there', () => {
  const root = join(import.meta.dirname, '../../..');
  const rows = [
    ...readFileSync(join(root, 'packages/README.md'), 'utf8').matchAll(
      /^\| `(terraform\.\w+)` \|[^|]*\|[^|]*\| `([^`]+)` \|/gm,
    ),
  ];
  expect(rows.map(([, name]) => name).sort()).toEqual([...guardNames]);
  for (const [, , path = ''] of rows) expect(existsSync(join(root, path)), path).toBe(true);
});

test('no environment variable switches a guard off', () => {
  for (const name of ['berth.guards.switchedOff', 'BERTH_GUARDS_SWITCHED_OFF']) vi.stubEnv(name, 'terraform.redactor');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(createRedactor(['hunter22']).redact('hunter22')).not.toContain('hunter22');
});

testGuard('terraform.environment', 'what would bend the engine does not reach it', () => {
  const host = { TF_CLI_ARGS_apply: '-target=a', BERTH_SESSION_TOKEN: 't', PATH: '/bin' };
  const passed = Object.keys(terraformEnvironment(host, { builtIn: false }));
  expect(passed.filter(name => name in host)).toEqual(['PATH']);
});

testGuard('terraform.lease', 'a run ends with its lease', async () => {
  const handle = startedRun(new RunFolder(join(tempDir(), 'run')), 'trap "exit 6" INT; while :; do sleep 0.02; done', {
    leaseDeadline: secondsSinceBoot() - 1,
    // Ends it where the lease does not.
    limits: { deadline: secondsSinceBoot() + 1 },
  });
  await handle.exited;
  expect(handle.rungs()).toMatchObject([{ cause: 'lease' }]);
});

testGuard('terraform.own_backend', "the state does not go where the template's own backend would have it", async () => {
  const elsewhere = join(tempDir(), 'elsewhere.tfstate');
  const backend = `terraform {\n  backend "local" {\n    path = "${elsewhere}"\n  }\n}\n`;
  const context = await attempt({ 'main.tf': backend + resource }, { initialise: false });
  await writeOwnBackend(context.folder.work, await readConfiguration(context.folder.work, 'terraform'));
  writeFileSync(context.folder.variables, '{}');
  await init(context);
  await apply(context);
  expect([existsSync(context.folder.state), existsSync(elsewhere)]).toEqual([true, false]);
});

testGuard('terraform.process_identity', 'a later process of the same number is another', () => {
  expect(isAlive({ pid: process.pid, start: '1' })).toBe(false);
});

testGuard('terraform.redactor', 'a secret is masked', () => {
  expect(createRedactor(['hunter22']).redact('password hunter22')).not.toContain('hunter22');
});

describe.skipIf(skipped !== null)(`in the sandbox${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  testGuard('terraform.sandbox', 'a template does not read what the daemon can', async () => {
    const psk = join(tempDir(), 'psk');
    writeFileSync(psk, 'canary');
    const command = `cat ${psk} >seen 2>/dev/null || :`;
    const context = await attempt(
      {
        'main.tf': `resource "terraform_data" "a" {\n  provisioner "local-exec" {\n    command = "${command}"\n  }\n}\n`,
      },
      { sandbox },
    );
    await apply(context);
    expect(readFileSync(join(context.folder.work, 'seen'), 'utf8')).toBe('');
  });

  testGuard('terraform.sandbox_mask', 'what is hidden is not shown by a folder around it', async () => {
    const folder = tempDir();
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data', 'journal'), 'canary');
    const shown = await testSandbox({ readable: [folder], hidden: [join(folder, 'data')] });
    const run = new RunFolder(join(tempDir(), 'run'));
    await startedRun(run, `cat ${folder}/data/journal`, { sandbox: shown.sandbox }).exited;
    expect(readFileSync(run.output, 'utf8')).not.toContain('canary');
  });
});

testGuard('terraform.snapshot_check', 'a state that is cut off or empty is none', async () => {
  const path = join(tempDir(), 'terraform.tfstate');
  for (const text of ['', state.slice(0, -1), '{"version":4}']) {
    writeFileSync(path, text);
    expect(await readState(path)).toMatchObject({ valid: false });
  }
});

testGuard('terraform.state_link', "a link to another workspace's state is no state", async () => {
  const folder = tempDir();
  writeFileSync(join(folder, 'other.tfstate'), state);
  symlinkSync(join(folder, 'other.tfstate'), join(folder, 'terraform.tfstate'));
  expect(await readState(join(folder, 'terraform.tfstate'))).toMatchObject({ valid: false });
});

testGuard('terraform.stray_files', 'a state in the archive is no state to begin with', async () => {
  const folder = tempDir();
  writeFiles(folder, { 'main.tf': resource, 'terraform.tfstate': state });
  await writeOwnBackend(folder, { backend: null });
  expect(existsSync(join(folder, 'terraform.tfstate'))).toBe(false);
});

testGuard('terraform.variable_snippets', 'a diagnostic about a value does not quote it', async () => {
  const context = await attempt(
    { 'main.tf': 'variable "size" {\n  type = number\n}\n' },
    { variables: { size: 'canary-of-a-wrong-type' } },
  );
  const end = await plan(context);
  expect(end.errors).toHaveLength(1);
  expect(JSON.stringify([end.errors, context.events])).not.toContain('canary');
});

testGuard('terraform.watch_again', 'a run whose watcher was killed gets another', async () => {
  const folder = tempDir();
  const handle = startedRun(new RunFolder(join(folder, 'run')), `touch ${folder}/ready; exec sleep 600`);
  await fileThere(join(folder, 'ready'));
  await inFolder(handle.folder.path, () => handle.pids()?.watcher != null);
  const pids = handle.pids();
  if (pids?.watcher == null) throw new Error('no watcher was recorded');
  process.kill(pids.watcher.pid, 'SIGKILL');
  await gone(pids.watcher);
  handle.check();
  expect(handle.pids()?.watcher).not.toEqual(pids.watcher);
});

test('a switch holds for its own test alone', () => {
  switchOffGuard('terraform.redactor');
  expect(createRedactor(['hunter22']).redact('hunter22')).toBe('hunter22');
});
