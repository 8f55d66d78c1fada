/** A Postgres of the tests' own: a fresh cluster on loopback and a free port, ended with what started it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Postgres {
  /** `postgres://…` of a database of the cluster; `postgres` is always there. */
  url(database: string): string;
  /** Runs SQL in the database `postgres` by psql. */
  sql(text: string): void;
  /** Ends the server: `fast` cuts its connections, `immediate` is a crash. The cluster stays. */
  halt(mode: 'fast' | 'immediate'): Promise<void>;
  /** Starts it again on the same port, after {@link halt}. */
  resume(): Promise<void>;
  /** Ends the server and removes the cluster. */
  stop(): Promise<void>;
}

/** Postgres refuses to run as root; `nobody` has this id on every Linux. */
const NOBODY = 65_534;

/** Folder of the server's programs (initdb, postgres, psql), or null where there is none. */
export function findPostgres(): string | null {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...versions.map(version => join(debian, version, 'bin')),
  ];
  // A link on PATH stands for one program alone: its target's folder holds the others, too.
  const real = folders
    .filter(folder => existsSync(join(folder, 'initdb')))
    .map(folder => dirname(realpathSync(join(folder, 'initdb'))));
  return real.find(folder => ['postgres', 'psql'].every(program => existsSync(join(folder, program)))) ?? null;
}

/**
 * Makes a cluster and starts its server.
 *
 * @param options.durable keeps fsync on, for tests of crashes; else it is off for speed
 * @param options.tls texts of a certificate and its key, in PEM: the server then takes encrypted connections, too
 * @throws Error where Postgres is not installed: ask {@link findPostgres} first
 */
export async function startPostgres(
  options: { durable?: boolean; tls?: { certificate: string; key: string } } = {},
): Promise<Postgres> {
  const programs = findPostgres();
  if (programs === null) throw new Error('no initdb and postgres were found');
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const data = join(folder, 'data');
  const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  mkdirSync(data, { mode: 0o700 });
  if ('uid' in identity) for (const owned of [folder, data]) chownSync(owned, NOBODY, NOBODY);
  const environment = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  const initdb = ['--pgdata', data, '--username=berth', '--auth=trust', '--encoding=UTF8', '--no-sync'];
  execFileSync(join(programs, 'initdb'), initdb, { ...identity, env: environment, cwd: folder, stdio: 'pipe' });

  const port = await freePort();
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    'max_connections=100',
  ];
  if (!options.durable) settings.push('fsync=off', 'full_page_writes=off');
  if (options.tls !== undefined) {
    for (const [name, text] of [
      ['server.crt', options.tls.certificate],
      ['server.key', options.tls.key],
    ] as const) {
      writeFileSync(join(data, name), text, { mode: 0o600 });
      if ('uid' in identity) chownSync(join(data, name), NOBODY, NOBODY);
    }
    settings.push('ssl=on');
  }
  const given = ['-D', data, ...settings.flatMap(setting => ['-c', setting])];
  let server: ChildProcess | null = null;
  // It would outlive a process that is ended by a signal.
  const end = () => void server?.kill('SIGQUIT');
  process.on('exit', end);

  const resume = async () => {
    const child = spawn(join(programs, 'postgres'), given, {
      ...identity,
      env: environment,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    server = child;
    await new Promise<void>((ready, failed) => {
      const said: string[] = [];
      child.once('exit', code => failed(new Error(`postgres ended with ${code}:\n${said.join('\n')}`)));
      createInterface({ input: child.stderr }).on('line', line => {
        if (said.length < 50) said.push(line);
        if (line.includes('database system is ready to accept connections')) ready();
      });
    });
  };
  const halt = async (mode: 'fast' | 'immediate') => {
    const child = server;
    server = null;
    if (child === null || child.exitCode !== null) return;
    const exited = new Promise(done => child.once('exit', done));
    child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await exited;
  };
  const url = (database: string) => `postgres://berth@127.0.0.1:${port}/${database}`;
  await resume();
  return {
    url,
    sql: text => {
      execFileSync(join(programs, 'psql'), ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', url('postgres'), '-c', text], {
        env: environment,
        stdio: 'pipe',
      });
    },
    halt,
    resume,
    async stop() {
      await halt('fast');
      process.off('exit', end);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
