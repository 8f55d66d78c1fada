import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, tempDir } from '@berth/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { berth, type Env, type Ran, type Running, startBerth } from './berth.js';
import { adminPassword, psk, writeTemplate } from './site.js';

/** A coordinator whose process comes and goes, on one address and one data directory. */
interface Mortal {
  folder: string;
  url: string;
  /** Starts the coordinator; it is killed with the test. */
  start: () => Promise<Running>;
  startDaemon: (...args: string[]) => Promise<Running>;
  run: (...args: string[]) => Promise<Ran>;
  /** Runs a command that must succeed. */
  must: (...args: string[]) => Promise<string>;
}

async function mortal(builtIn = '0'): Promise<Mortal> {
  const folder = tempDir();
  const url = `http://127.0.0.1:${await freePort()}`;
  const pskFile = join(folder, 'psk');
  writeFileSync(pskFile, psk);
  const env: Env = { BERTH_CONFIG_DIR: join(folder, 'config') };
  const kept = (running: Running): Running => {
    onTestFinished(() => void running.stop('SIGKILL'));
    return running;
  };
  // These templates write where the test looks.
  const open = ['--sandbox', 'none'];
  const start = async () => {
    const where = ['--data-dir', join(folder, 'coordinator'), '--address', new URL(url).host];
    const server = kept(
      startBerth(['server', ...where, '--provisioner-daemons', builtIn, ...open], {
        BERTH_PROVISIONER_DAEMON_PSK_FILE: pskFile,
        BERTH_LOG_LEVEL: 'info',
      }),
    );
    await server.until(/ready at/);
    return server;
  };
  const startDaemon = async (...args: string[]) => {
    const where = ['--url', url, '--psk-file', pskFile, '--name', 'one', '--data-dir', join(folder, 'daemon')];
    const daemon = kept(startBerth(['provisionerd', 'start', ...where, ...open, ...args]));
    await daemon.until(/successfully connected/);
    return daemon;
  };
  const run = (...args: string[]) => berth(args, env);
  const must = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args);
    expect(code, stderr).toBe(0);
    return stdout;
  };
  return { folder, url, start, startDaemon, run, must };
}

async function login({ url, folder }: Mortal): Promise<void> {
  const first = ['--first-user-username', 'admin', '--first-user-email', 'admin@example.com'];
  const env = { BERTH_CONFIG_DIR: join(folder, 'config'), BERTH_FIRST_USER_PASSWORD: adminPassword };
  const { code, stderr } = await berth(['login', url, ...first], env);
  expect(code, stderr).toBe(0);
}

/** Pushes a template whose apply counts aloud until it may end, and begins a workspace of it. */
async function beginCounting(site: Mortal): Promise<{ counted: (to: number) => Promise<void>; goOn: () => void }> {
  const count = join(site.folder, 'count');
  const goOn = join(site.folder, 'go-on');
  const command = `i=0; while test -d ${site.folder} && ! test -e ${goOn}; do i=$((i+1)); echo line $i; echo $i >${count}; sleep 0.01; done; echo over`;
  writeTemplate(
    site.folder,
    'counting',
    `resource "terraform_data" "a" {\n  provisioner "local-exec" { command = ${JSON.stringify(command)} }\n}\n`,
  );
  await site.must('templates', 'push', '-d', join(site.folder, 'counting'));
  await site.must('create', 'dev', '--template', 'counting', '--detach');
  const reached = () => (existsSync(count) ? Number(readFileSync(count, 'utf8')) : 0);
  return {
    counted: to => expect.poll(reached, { timeout: 20_000 }).toBeGreaterThan(to),
    goOn: () => writeFileSync(goOn, ''),
  };
}

/** Follows the build to its end, which must be a good one, and checks that every line of its log is there once. */
async function checkLog(site: Mortal): Promise<void> {
  const { code, stderr } = await site.run('logs', 'dev', '--follow');
  expect(code, stderr).toBe(0);
  const entries = (await site.must('logs', 'dev', '--json'))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  const numbers = entries.map(({ entry }) => entry.n);
  expect(numbers).toEqual(numbers.map((_, at) => at + 1));
  const lines = entries.flatMap(({ entry }) => /^line (\d+)$/.exec(entry.text ?? '')?.[1] ?? []).map(Number);
  expect(lines.length).toBeGreaterThan(10);
  expect(lines).toEqual(lines.map((_, at) => at + 1));
  expect(entries.some(({ entry }) => entry.text === 'over')).toBe(true);
}

test('a build goes on while the coordinator is killed and comes back, and every line of it arrives once', async () => {
  const site = await mortal();
  let server = await site.start();
  await login(site);
  await site.startDaemon();
  const { counted, goOn } = await beginCounting(site);
  await counted(10);
  await server.stop('SIGKILL');
  // As long as it takes for a hundred more lines.
  await counted(Number(readFileSync(join(site.folder, 'count'), 'utf8')) + 100);
  server = await site.start();
  await counted(Number(readFileSync(join(site.folder, 'count'), 'utf8')) + 20);
  await server.stop('SIGKILL');
  goOn();
  server = await site.start();
  await checkLog(site);
});

test('coordinator and daemon are killed together, in apply: both come back, and nothing is lost', async () => {
  const site = await mortal();
  const server = await site.start();
  await login(site);
  const daemon = await site.startDaemon();
  const { counted, goOn } = await beginCounting(site);
  await counted(10);
  await Promise.all([server.stop('SIGKILL'), daemon.stop('SIGKILL')]);
  await counted(100);
  await site.start();
  await site.startDaemon();
  goOn();
  await checkLog(site);
});

test('the build of a built-in daemon survives a kill of the coordinator, and SIGTERM lets it finish', async () => {
  const site = await mortal('1');
  let server = await site.start();
  await login(site);
  const { counted, goOn } = await beginCounting(site);
  await counted(10);
  await server.stop('SIGKILL');
  expect(server.output()).toContain('the coordinator is gone');
  server = await site.start();
  await server.until(/successfully connected/);
  await counted(Number(readFileSync(join(site.folder, 'count'), 'utf8')) + 20);
  const ended = server.stop('SIGTERM');
  await server.until(/takes no more jobs and ends when the last one has/);
  goOn();
  expect(await ended).toBe(0);
  await site.start();
  await checkLog(site);
});

test('a daemon is drained from elsewhere, and takes jobs again', async () => {
  const site = await mortal();
  await site.start();
  await login(site);
  const daemon = await site.startDaemon();
  expect((await site.run('provisioner', 'drain', 'one')).stderr).toContain('one takes no more jobs.');
  await expect.poll(() => site.must('provisioner', 'list')).toMatch(/^one +draining /m);
  await site.must('provisioner', 'undrain', 'one');
  await expect.poll(() => site.must('provisioner', 'list')).toMatch(/^one +idle /m);
  expect(await daemon.stop('SIGTERM')).toBe(0);
  const offline = await site.run('provisioner', 'drain', 'one');
  expect(offline).toMatchObject({ code: 1, stderr: expect.stringContaining('the daemon is not connected') });
  expect((await site.run('provisioner', 'drain', 'nobody')).stderr).toContain('no such daemon');
});

test('a daemon that is to take one job ends with it', async () => {
  const site = await mortal();
  await site.start();
  await login(site);
  const daemon = await site.startDaemon('--once');
  writeTemplate(site.folder, 'small', 'resource "terraform_data" "a" {}\n');
  await site.must('templates', 'push', '-d', join(site.folder, 'small'));
  expect(await daemon.ended).toBe(0);
});
