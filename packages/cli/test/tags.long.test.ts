import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type Client, createClient, followJob, uploadFile } from '@berth/client';
import { startCoordinator } from '@berth/coordinator';
import { startDaemon } from '@berth/daemon';
import { packFolder } from '@berth/daemon/archive';
import { type Job, ownTags, routes } from '@berth/protocol';
import { tempDir } from '@berth/testkit';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { adminPassword, psk, writeTemplate } from './site.js';

interface Row {
  name: string;
  daemon: { tags: Record<string, string> };
  job: { tags: Record<string, string> };
  runs: boolean;
}

const all: Row[] = JSON.parse(readFileSync(join(import.meta.dirname, '../../../fixtures/tags.json'), 'utf8'));
/** The other rows need other engines, organizations and providers than a daemon of this machine has. */
const rows = all.filter(({ name }) => name.startsWith('tags '));

test('every row of the table of tags, by a real daemon: it imports the template, or leaves it waiting', async () => {
  expect(rows).toHaveLength(20);
  const site = await startSite();
  const wrong: string[] = [];
  for (const [i, { name, daemon, job, runs }] of rows.entries()) {
    const end = await site.runDaemon(`d${i}`, daemon.tags);
    const imported = await site.push(`t${i}`, job.tags);
    const ran = imported.status === 'succeeded' && imported.daemon?.name === `d${i}`;
    const waits = isLeft(imported);
    if (runs ? !ran : !waits) wrong.push(`${name}: ${JSON.stringify(imported.waiting ?? imported.status)}`);
    await end();
  }
  expect(wrong).toEqual([]);
}, 300_000);

/** A coordinator with its owner and the two users that the table names. */
async function startSite() {
  const coordinator = await startCoordinator({
    dataDir: tempDir(),
    address: '127.0.0.1:0',
    psks: [{ name: 'test', secret: psk, organizations: null }],
    logger: pino({ level: 'silent' }),
  });
  onTestFinished(() => coordinator.stop());
  const { url } = coordinator;
  const login = { email: 'owner@example.com', password: adminPassword };
  const { token } = await createClient({ url }).call(routes.createFirstUser, { body: { username: 'owner', ...login } });
  const owner = createClient({ url, token });
  const users: Record<string, string> = { aaa: await makeUser(owner, 'aaa'), bbb: await makeUser(owner, 'bbb') };
  const digest = await uploadTemplate(owner);
  return {
    async runDaemon(name: string, tags: Record<string, string>): Promise<() => Promise<unknown>> {
      const { wait, logger } = connectedLog();
      const running = await startDaemon({
        url,
        credential: tags.scope === 'user' ? { token: users[tags.owner ?? ''] ?? '' } : { psk },
        name,
        tags: requested(tags),
        dataDir: join(tempDir(), 'data'),
        logger,
      });
      await wait;
      return () => running.stop('drain');
    },
    /** The import of a template with these tags: ended if a daemon takes it, else canceled and as it waited. */
    async push(template: string, tags: Record<string, string>): Promise<Job> {
      const client = tags.scope === 'user' ? createClient({ url, token: users[tags.owner ?? ''] ?? '' }) : owner;
      const body = { archive: digest, tags: requested(tags) };
      const { version } = await client.call(routes.pushVersion, {
        params: { organization: 'default', template },
        body,
      });
      let job = version.job;
      for await (const event of followJob(client, job.id)) {
        if (event.type === 'job') job = event.job;
        if (!isLeft(job)) continue;
        await client.call(routes.cancelJob, { params: { job: job.id } });
        break;
      }
      return job;
    },
  };
}

/** Nobody who is there may take it; daemons of earlier rows are known still, and offline. */
function isLeft({ waiting }: Job): boolean {
  return waiting?.reason === 'no_daemon_matches' || waiting?.reason === 'all_offline';
}

/** Tags as a user gives them: the coordinator sets the owner. */
function requested(tags: Record<string, string>): Record<string, string> {
  return { ...ownTags(tags), ...(tags.scope === 'user' ? { scope: 'user' } : {}) };
}

async function makeUser(owner: Client, username: string): Promise<string> {
  const login = { password: adminPassword };
  const body = { username, email: `${username}@example.com`, role: 'template-admin' as const, ...login };
  await owner.call(routes.createUser, { body });
  return (await createClient(owner).call(routes.login, { body: { login: username, ...login } })).token;
}

async function uploadTemplate(owner: Client): Promise<string> {
  const folder = writeTemplate(tempDir(), 'small', 'resource "terraform_data" "a" {}\n');
  const file = join(tempDir(), 'small.tgz');
  const { digest } = await packFolder(folder, file);
  const content = readFileSync(file);
  expect(createHash('sha256').update(content).digest('hex')).toBe(digest);
  await uploadFile(owner, { digest, content: new Blob([content]) });
  return digest;
}

/** A log whose `wait` resolves when the daemon says that it is connected. */
function connectedLog() {
  let connected: () => void = () => undefined;
  const wait = new Promise<void>(resolve => {
    connected = resolve;
  });
  const write = (line: unknown, _encoding: unknown, done: () => void) => {
    if (String(line).includes('successfully connected')) connected();
    done();
  };
  return { wait, logger: pino(new Writable({ write })) };
}
