import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDaemon } from '@berth/daemon';
import { tempDir, testPlugins } from '@berth/testkit';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { compile, startDaemonProcess } from './double/daemonProcess.js';
import { logLines } from './double/logLines.js';
import { logText } from './double/logText.js';
import { buildSpec, importSpec } from './double/specs.js';
import { beginJob, makeTemplate, startReal } from './double/startReal.js';
import { TEST_PSK, TestCoordinator } from './double/testCoordinator.js';
import { waitingTemplate } from './double/waitingTemplate.js';

beforeAll(compile);

const plugins = await testPlugins();
const works = spawnSync('bwrap', ['--unshare-user', '--unshare-pid', '--ro-bind', '/', '/', 'true']).status === 0;
const skipped = plugins.skipped ?? (works ? null : 'bubblewrap does not work here');
const enginePath = execFileSync('sh', ['-c', 'command -v terraform'], { encoding: 'utf8' }).trim();

/** Where no bwrap is to be found. */
function withoutBubblewrap(): void {
  vi.stubEnv('PATH', tempDir());
  onTestFinished(() => void vi.unstubAllEnvs());
}

describe.skipIf(skipped !== null)(`in the sandbox${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  test('a version with a plugin is imported and built; its template sees nothing of the daemon', async () => {
    const folder = tempDir();
    const psk = join(folder, 'psk');
    writeFileSync(psk, 'canary-of-the-psk');
    writeFileSync(join(folder, 'shown'), 'to be read');
    const { run, connection, dataDir } = await startReal({
      pluginMirrors: plugins.mirror === null ? [] : [plugins.mirror],
      sandbox: { mode: 'require', readable: [folder], hidden: [psk] },
    });
    expect(connection.said.all[0]).toMatchObject({ type: 'hello', sandbox: 'bubblewrap' });
    const template = await makeTemplate({
      'main.tf': `
terraform {
  required_providers {
    time = { source = "hashicorp/time" }
  }
}
resource "time_static" "now" {}
resource "terraform_data" "look" {
  provisioner "local-exec" {
    command = "cat ${folder}/shown ${psk} ${dataDir}/instance ${dataDir}/attempts/*/attempt.json; ls ${dataDir}; cat /proc/${process.pid}/environ; true"
  }
}
`,
    });
    const { archive } = template;
    const imported = await run(importSpec({ archive }), template);
    expect(imported.outcome.error).toBeNull();
    const [result] = imported.data.results;
    const lockFile = result?.type === 'template_import' ? result.lockFile : null;
    expect(lockFile).toContain('hashicorp/time');

    const spec = buildSpec({ archive, lockFile });
    const built = await run(spec, template);
    expect(built.outcome.error).toBeNull();
    const text = logText(built.data.log.filter(entry => entry.kind === 'text'));
    expect(text).toContain('to be read');
    expect(text).not.toContain('canary');
    expect(text).not.toContain(readFileSync(join(dataDir, 'instance'), 'utf8').trim());
    expect(text).not.toContain(spec.job);
    expect(text).not.toContain('PATH=');
    // Of the data directory, what leads to the folders of this attempt.
    expect(text).not.toContain('instance\n');
  });

  test('an apply outlives its daemon, and is followed and stopped by the next one', async () => {
    const template = await waitingTemplate();
    const coordinator = await TestCoordinator.start();
    const dataDir = join(tempDir(), 'data');
    const options = { sandbox: { mode: 'require', writable: [template.folder] } };
    const daemon = startDaemonProcess(coordinator, dataDir, options);
    const spec = buildSpec({ archive: template.files.archive });
    const data = await beginJob(coordinator, await coordinator.connected(), spec, template.files);
    await template.halfway();
    await daemon.kill();

    startDaemonProcess(coordinator, dataDir, options);
    const next = await coordinator.connected();
    const pids = readFileSync(join(dataDir, 'attempts', `${spec.job}-1`, 'run/apply/pids'), 'utf8');
    const engine = Number(/^engine (\d+) /m.exec(pids)?.[1]);
    // Pid 1 of a namespace of its own.
    expect(readFileSync(`/proc/${engine}/status`, 'utf8')).toMatch(/^NSpid:\t.*\t1$/m);
    next.send({ type: 'cancel', job: spec.job, attempt: 1, mode: 'soft' });
    const { outcome } = await next.next('terminal');
    expect(outcome.error).toMatchObject({ code: 'canceled' });
    expect(data.results.at(-1)).toMatchObject({ resources: [{ name: 'first' }, { name: 'second', tainted: true }] });
    expect(existsSync(`/proc/${engine}`)).toBe(false);
  });

  test('a file that a variable names is told when templates cannot read it', async () => {
    const kubeconfig = join(tempDir(), 'kubeconfig');
    writeFileSync(kubeconfig, '');
    vi.stubEnv('KUBECONFIG', kubeconfig);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { log } = await startReal({ sandbox: { mode: 'auto' } });
    expect(log.saying(/--sandbox-readable/)).toMatchObject([{ variables: expect.stringMatching(/\bKUBECONFIG\b/) }]);
  });

  test('a path within the data directory cannot be shown', async () => {
    const dataDir = join(tempDir(), 'data');
    const options = { url: 'http://127.0.0.1:1', credential: { psk: TEST_PSK }, dataDir, logger: logLines().logger };
    const starting = startDaemon({ ...options, sandbox: { mode: 'auto', readable: [join(dataDir, 'warm')] } });
    await expect(starting).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

test('where it does not work, `auto` goes on without and says so, and the coordinator is told', async () => {
  withoutBubblewrap();
  const { connection, log } = await startReal({ enginePath, sandbox: { mode: 'auto' } });
  expect(connection.said.all[0]).toMatchObject({ type: 'hello', sandbox: 'none' });
  expect(log.saying(/without a sandbox/)).toHaveLength(1);
});

test('where it does not work, `require` does not start', async () => {
  withoutBubblewrap();
  const options = { credential: { psk: TEST_PSK }, dataDir: join(tempDir(), 'data'), logger: logLines().logger };
  const starting = startDaemon({ ...options, url: 'http://127.0.0.1:1', enginePath, sandbox: { mode: 'require' } });
  await expect(starting).rejects.toMatchObject({
    code: 'sandbox_unavailable',
    hint: expect.stringContaining('--sandbox auto'),
  });
});
