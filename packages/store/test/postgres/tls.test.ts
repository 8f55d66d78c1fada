import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Postgres, startPostgres } from '@berth/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../src/index.js';
import { expectError } from '../conformance/world.js';
import { skipped } from './cluster.js';

const keys = [randomBytes(32)];

describe.skipIf(skipped !== '')(`a Postgres server with TLS${skipped}`, () => {
  let postgres: Postgres | undefined;
  let folder: string;
  let authority: string;
  let stranger: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tls-'));
    authority = makeAuthority(folder, 'authority');
    stranger = makeAuthority(folder, 'stranger');
    postgres = await startPostgres({ tls: makeCertificate(folder, 'authority') });
  });

  afterAll(async () => {
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const url = () => postgres?.url('postgres') ?? '';

  const open = (query: string, host = '127.0.0.1') => {
    const databaseUrl = `${url().replace('127.0.0.1', host)}?${query}`;
    return openStore({ databaseUrl, keys, poolSize: 1, waitMs: 1 });
  };

  test.each(['verify-full', 'require'])('is reached with sslmode=%s and its authority, encrypted', async mode => {
    const warned: Error[] = [];
    const warn = (warning: Error) => void warned.push(warning);
    process.on('warning', warn);
    onTestFinished(() => void process.off('warning', warn));
    const store = await open(`sslmode=${mode}&sslrootcert=${authority}`);
    onTestFinished(() => store.close());
    await store.check();
    expect(await encrypted()).toEqual([true]);
    expect(warned).toEqual([]);
  });

  test.each([
    ['verify-full', 'another authority', () => `&sslrootcert=${stranger}`],
    ['verify-full', 'no authority', () => ''],
    ['require', 'no authority', () => ''],
  ])('is refused with sslmode=%s and %s, saying what to name', async (mode, _, more) => {
    const error = await expectError(open(`sslmode=${mode}${more()}`), 'database_unusable');
    expect(error.hint).toContain('sslrootcert=FILE');
  });

  test('is refused under a name that its certificate does not have', async () => {
    const error = await expectError(open(`sslmode=require&sslrootcert=${authority}`, 'localhost'), 'database_unusable');
    expect(error.message).toContain('localhost');
  });

  test('is reached unchecked where that is asked for, and still encrypted', async () => {
    const store = await open('sslmode=no-verify');
    onTestFinished(() => store.close());
    await store.check();
    expect(await encrypted()).toEqual([true]);
  });

  /** Of each connection of a store, whether it is encrypted. */
  async function encrypted(): Promise<boolean[]> {
    const client = new pg.Client({ connectionString: url() });
    await client.connect();
    const { rows } = await client.query(
      "select ssl from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'berth' and state = 'idle'",
    );
    await client.end();
    return [...new Set(rows.map(({ ssl }) => ssl))];
  }
});

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];

/** Makes a certificate that vouches for others, and gives its file; its key is beside it. */
function makeAuthority(folder: string, name: string): string {
  const file = join(folder, `${name}.pem`);
  const files = ['-keyout', join(folder, `${name}.key`), '-out', file];
  execFileSync('openssl', ['req', '-x509', ...newKey, '-subj', `/CN=${name}`, ...files], { stdio: 'pipe' });
  return file;
}

/** A server's certificate, for 127.0.0.1 alone. */
function makeCertificate(folder: string, authority: string): { certificate: string; key: string } {
  const [key, certificate] = [join(folder, 'server.key'), join(folder, 'server.pem')];
  const by = ['-CA', join(folder, `${authority}.pem`), '-CAkey', join(folder, `${authority}.key`)];
  const named = ['-subj', '/CN=server', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const plain = ['-addext', 'basicConstraints=critical,CA:FALSE', '-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', ...newKey, ...named, ...by, ...plain], { stdio: 'pipe' });
  return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
}
