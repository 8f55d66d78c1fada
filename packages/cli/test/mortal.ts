import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, tempDir } from '@berth/testkit';
import { expect, onTestFinished } from 'vitest';
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

/** @param builtIn how many built-in daemons it has */
export async function mortal(builtIn = '0'): Promise<Mortal> {
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

/** Makes the first user, who gives the commands from then on. */
export async function login({ url, folder }: Mortal): Promise<void> {
  const first = ['--first-user-username', 'admin', '--first-user-email', 'admin@example.com'];
  const env = { BERTH_CONFIG_DIR: join(folder, 'config'), BERTH_FIRST_USER_PASSWORD: adminPassword };
  const { code, stderr } = await berth(['login', url, ...first], env);
  expect(code, stderr).toBe(0);
}

interface Counting {
  /** Resolves when it has counted on by so much, from now. */
  counted: (by: number, withinMs?: number) => Promise<void>;
  goOn: () => void;
}

/** Pushes a template whose apply counts aloud until it may end, and begins a workspace of it. */
export async function beginCounting(site: Mortal): Promise<Counting> {
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
    counted: (by, withinMs = 20_000) => {
      const to = reached() + by;
      return expect.poll(reached, { timeout: withinMs }).toBeGreaterThan(to);
    },
    goOn: () => writeFileSync(goOn, ''),
  };
}

/** Follows the build to its end, which must be a good one, and checks that every line of its log is there once. */
export async function checkLog(site: Mortal): Promise<void> {
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
