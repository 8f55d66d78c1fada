import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempDir } from '@berth/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { AttemptFolder } from '../src/index.js';
import { findByArguments } from '../src/supervisor/findProcesses.js';
import { attacks, CANARY, DaemonPlaces, hostileTemplate } from './hostileTemplate.js';
import { testSandbox } from './places.js';
import { gone } from './runs.js';
import { attempt } from './setup.js';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

/** A process of its own, for which the package must be compiled, is what the template finds in the daemon's place. */
beforeAll(() => {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '--build', packageFolder]);
});

/** Applies what stands in the attempt's folder, as a daemon would, with or without a sandbox. */
const daemon = `
import { AttemptFolder, apply, chooseSandbox, findEngine, secondsSinceBoot, terraformEnvironment } from '${packageFolder}dist/index.js';
const [folder, mode, warm, ...hidden] = process.argv.slice(2);
const engine = await findEngine();
const { sandbox } = await chooseSandbox(mode, { engine, hidden });
const end = await apply({
  engine, sandbox, readable: [warm], folder: new AttemptFolder(folder),
  env: { ...terraformEnvironment(process.env, { builtIn: false }), DAEMON: String(process.pid) },
  leaseDeadline: () => secondsSinceBoot() + 600, ladder: { pollMs: 20 }, onEvents: () => undefined,
});
if (!end.succeeded) throw new Error(JSON.stringify(end));
`;

let runs = 0;

/** Runs the hostile template. Returns what it could do. */
async function attack(user: User, mode: 'require' | 'none'): Promise<string[]> {
  const places = new DaemonPlaces(tempDir());
  places.make();
  const sleeper = ['sleep', `600.${process.pid}${++runs}`];
  const prepared = await attempt(hostileTemplate(places, sleeper));
  const folder = AttemptFolder.create(places.attempt.path);
  cpSync(prepared.folder.work, folder.work, { recursive: true });
  for (const file of ['cliConfig', 'variables'] as const) copyFileSync(prepared.folder[file], folder[file]);
  writeFileSync(join(places.root, 'daemon.mjs'), daemon);
  execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, places.root]);

  const args = [folder.path, mode, places.warm, places.data, places.psk];
  const process_ = spawn(process.execPath, [join(places.root, 'daemon.mjs'), ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: places.root, BERTH_SECRET: CANARY },
    cwd: '/',
    stdio: 'inherit',
    ...user,
  });
  expect(await once(process_, 'exit')).toEqual([0, null]);
  const done = readFileSync(join(folder.work, 'report'), 'utf8').split('\n').slice(0, -1);
  const left = findByArguments(sleeper);
  for (const identity of left) {
    process.kill(identity.pid, 'SIGKILL');
    await gone(identity);
  }
  if (existsSync(join(places.outside, 'file'))) expect(done).toContain('write outside');
  return left.length === 0 ? done : [...done, 'leave a process behind'];
}

interface User {
  uid: number;
  gid: number;
}

/** This one and, where we may become it, one without rights. */
function users(): { name: string; user: User }[] {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const plain = { uid: 65534, gid: 65534 };
  const reached = uid === 0 && spawnSync('test', ['-x', packageFolder], plain).status === 0;
  return [
    { name: uid === 0 ? 'root' : 'this user', user: { uid, gid } },
    ...(reached ? [{ name: 'a plain user', user: plain }] : []),
  ];
}

/** What this machine (a container, the kernel's settings) lets nobody do. */
function forbiddenTo(user: User): string[] {
  const succeeds = (command: string): boolean => spawnSync('sh', ['-c', command], { ...user, cwd: '/' }).status === 0;
  return [
    ...(succeeds('unshare -Urm true') ? [] : ['make what is mounted writable']),
    ...(succeeds('sleep 60 & head -c 0 /proc/$!/mem; code=$?; kill $!; exit $code')
      ? []
      : ['open the memory of the daemon, as a debugger does']),
  ];
}

const { skipped } = await testSandbox();

describe.each(users())('a hostile template run by $name', ({ user }) => {
  test.skipIf(skipped !== null)(`can do nothing in the sandbox${skipped ? ` (skipped: ${skipped})` : ''}`, async () => {
    expect(await attack(user, 'require')).toEqual([]);
  });

  test('can do everything without one', async () => {
    const forbidden = forbiddenTo(user);
    const names = Object.keys(attacks(new DaemonPlaces('/'))).filter(name => !forbidden.includes(name));
    expect(await attack(user, 'none')).toEqual([...names, 'leave a process behind']);
  });
});
