import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { findPostgres, type Postgres, startPostgres } from '@berth/testkit';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { berth, type Env, fileFolder, type Running, startBerth } from './berth.js';
import { adminPassword, psk, writeTemplate } from './site.js';

const skipped = findPostgres() === null ? ' (skipped: no initdb and postgres were found)' : '';
const folder = fileFolder();
const env: Env = { BERTH_CONFIG_DIR: join(folder, 'config') };
const run = (...args: string[]) => berth(args, env);
const cluster: { postgres?: Postgres } = {};

beforeAll(async () => {
  if (skipped === '') cluster.postgres = await startPostgres();
});
afterAll(() => cluster.postgres?.stop());

function postgres(): Postgres {
  if (cluster.postgres === undefined) throw new Error('Postgres was not started');
  return cluster.postgres;
}

function startService(args: string[], more: Env): Running {
  const running = startBerth(args, more);
  onTestFinished(async () => {
    await running.stop('SIGTERM');
  });
  return running;
}

/** How long the database is away at a stretch: its own restart on another machine takes about as long. */
const AWAY_MS = 40_000;

const answer = z.looseObject({ code: z.string().optional() });

/** Status and error code of an answer. */
async function get(url: string, token = ''): Promise<{ status: number; code: string }> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  const { code = '' } = answer.parse(await response.json());
  return { status: response.status, code };
}

test.skipIf(skipped !== '')(
  `a coordinator on Postgres stays up while the database is away, and goes on by itself${skipped}`,
  async () => {
    const urlFile = join(folder, 'database');
    postgres().sql('create role app login');
    postgres().sql('create database berth owner app');
    writeFileSync(urlFile, postgres().url('berth').replace('berth@', 'app@'), { mode: 0o600 });
    const keyFile = join(folder, 'key');
    writeFileSync(keyFile, randomBytes(32), { mode: 0o600 });
    const place = ['--database-url-file', urlFile, '--encryption-key-file', keyFile];
    const server = startService(
      [
        'server',
        '--address',
        '127.0.0.1:0',
        '--provisioner-daemons',
        '0',
        '--data-dir',
        join(folder, 'data'),
        ...place,
      ],
      { BERTH_PROVISIONER_DAEMON_PSK: psk },
    );
    const url = (await server.until(/ready at (http:\S+)/))[1] ?? '';
    const first = ['--first-user-username', 'admin', '--first-user-email', 'admin@example.com'];
    const login = await berth(['login', url, ...first], { ...env, BERTH_FIRST_USER_PASSWORD: adminPassword });
    expect(login).toMatchObject({ code: 0 });
    const token = (await run('tokens', 'create', 'probe')).stdout.trim();
    const daemonArgs = [
      'provisionerd',
      'start',
      '--url',
      url,
      '--data-dir',
      join(folder, 'daemon'),
      '--sandbox',
      'none',
    ];
    const daemon = startService(daemonArgs, { BERTH_PROVISIONER_DAEMON_PSK: psk });
    await daemon.until(/successfully connected/);

    const gate = join(folder, 'gate-');
    const lines = [1, 2, 3, 4];
    const step = `until [ -e ${gate}$i ]; do sleep 0.1; n=$((n + 1)); echo "tick $n"; done; echo "line $i"`;
    const wait = `echo "it waits"; n=0; for i in ${lines.join(' ')}; do ${step}; done`;
    const slow = `resource "terraform_data" "a" {\n  provisioner "local-exec" { command = ${JSON.stringify(wait)} }\n}\n`;
    const template = writeTemplate(folder, 'slow', slow);
    expect((await run('templates', 'push', '-d', template, '--yes')).code).toBe(0);
    const following = startService(['create', 'dev', '-t', 'slow', '--yes'], env);
    await following.until(/: it waits/);

    await postgres().halt('immediate');
    expect(await get(`${url}/healthz`)).toMatchObject({ status: 200 });
    for (const path of ['/readyz', '/api/v1/users/me', '/api/v1/workspaces', '/api/v1/buildinfo']) {
      expect(await get(url + path, token), path).toEqual({ status: 503, code: 'unavailable' });
    }
    expect(await get(`${url}/api/v1/users/me`, 'berth_ses_unknown')).toEqual({ status: 503, code: 'unavailable' });
    const listed = await run('list');
    expect(listed).toMatchObject({ code: 4, stderr: expect.stringContaining('Try again in a moment') });
    // What the build says meanwhile waits with its daemon.
    await setTimeout(AWAY_MS);
    writeFileSync(`${gate}1`, '');
    await postgres().resume();
    await following.until(/: line 1/);

    const cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'berth'";
    postgres().sql(cut);
    writeFileSync(`${gate}2`, '');
    await following.until(/: line 2/);
    for (const [line, takes, givesBack] of [
      [3, 'set default_transaction_read_only = on', 'reset default_transaction_read_only'],
      [4, 'connection limit 0', 'connection limit -1'],
    ] as const) {
      postgres().sql(`alter database berth ${takes}`);
      postgres().sql(cut);
      // Until each of its connections has heard of it, some of them still answer that they were cut: code 4 as well.
      expect(await run('tokens', 'create', `of-${line}`)).toMatchObject({
        code: 4,
        stderr: expect.stringContaining('the database'),
      });
      writeFileSync(`${gate}${line}`, '');
      for (const path of ['/api/v1/users/me', '/api/v1/workspaces']) {
        expect([200, 503], path).toContain((await get(url + path, token)).status);
      }
      expect((await get(`${url}/healthz`)).status).toBe(200);
      postgres().sql(`alter database berth ${givesBack}`);
      postgres().sql(cut);
      await following.until(new RegExp(`: line ${line}`));
    }
    expect(await following.ended).toBe(0);
    await expect.poll(() => get(`${url}/readyz`).then(({ status }) => status)).toBe(200);
    const { stdout } = await run('logs', 'dev');
    expect(stdout.match(/: line \d/g)).toEqual(lines.map(i => `: line ${i}`));
    const ticks = [...stdout.matchAll(/: tick (\d+)$/gm)].map(match => Number(match[1]));
    expect(ticks.length).toBeGreaterThan(100);
    expect(ticks).toEqual(ticks.map((_, at) => at + 1));
    expect((await run('show', 'dev')).stdout).toMatch(/^status +running$/m);

    const backup = await run('server', 'backup', join(folder, 'backup'));
    expect(backup).toMatchObject({ code: 2, stderr: expect.stringContaining('pg_dump') });
    const checked = await berth(['server', 'check', ...place]);
    expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining('all is well') });
    await server.stop('SIGTERM');
    const both = join(folder, 'keys');
    const next = randomBytes(32).toString('base64');
    writeFileSync(both, `${next}\n${readFileSync(keyFile).toString('base64')}\n`, { mode: 0o600 });
    const database = ['--database-url-file', urlFile];
    const rotated = await berth(['server', 'rotate-key', ...database, '--encryption-key-file', both]);
    expect(rotated).toMatchObject({ code: 0, stderr: expect.stringContaining('The other keys can be dropped now') });
    expect((await berth(['server', 'check', ...database], { BERTH_ENCRYPTION_KEY: next })).code).toBe(0);
    expect((await berth(['server', 'check', ...place])).stderr).toContain('key');
    expect(server.output() + daemon.output()).not.toContain('app@');
  },
  240_000,
);
