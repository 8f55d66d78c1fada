import { randomBytes } from 'node:crypto';
import { type Client, createClient } from '@berth/client';
import { BerthError, type OrganizationRole, routes } from '@berth/protocol';
import { tempDir } from '@berth/testkit';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { type Coordinator, type CoordinatorOptions, startCoordinator } from '../../src/index.js';
import { type DaemonOptions, TestDaemon } from './daemon.js';

export const password = 'correct horse battery staple';

/** A running coordinator with its first user, and what a test needs to talk to it. */
export interface TestCoordinator {
  coordinator: Coordinator;
  url: string;
  dataDir: string;
  psk: string;
  /** As the first user, who owns the site. */
  owner: Client;
  ownerToken: string;
  organization: string;
  /** A client for any token; null for none. */
  as(token: string | null): Client;
  /** Makes a user and logs them in. */
  user(
    username: string,
    role?: 'owner' | Exclude<OrganizationRole, 'admin'>,
  ): Promise<{ client: Client; token: string; id: string }>;
  /** Connects a daemon; by the pre-shared key unless `token` is given. */
  daemon(options?: DaemonOptions): Promise<TestDaemon>;
}

/** Starts a coordinator on a free port; it is stopped when the test ends. */
export async function bareCoordinator(options: Partial<CoordinatorOptions> = {}): Promise<Coordinator> {
  const coordinator = await startCoordinator({
    dataDir: options.dataDir ?? tempDir(),
    address: '127.0.0.1:0',
    logger: pino({ level: process.env.BERTH_TEST_LOG ?? 'silent' }),
    ...options,
  });
  onTestFinished(() => coordinator.stop());
  return coordinator;
}

export async function testCoordinator(options: Partial<CoordinatorOptions> = {}): Promise<TestCoordinator> {
  const psk = randomBytes(16).toString('hex');
  const dataDir = options.dataDir ?? tempDir();
  const psks = [{ name: 'test', secret: psk, organizations: null }];
  const coordinator = await bareCoordinator({ psks, ...options, dataDir });
  const { token: ownerToken, user } = await createClient({ url: coordinator.url }).call(routes.createFirstUser, {
    body: { username: 'owner', email: 'owner@example.com', password },
  });
  return bundle(coordinator, { dataDir, psk, ownerToken, organization: user.memberships[0]?.organization.id ?? '' });
}

/** The same coordinator again, on the same data, after it was stopped. */
export async function restarted(
  before: TestCoordinator,
  options: Partial<CoordinatorOptions> = {},
): Promise<TestCoordinator> {
  const psks = [{ name: 'test', secret: before.psk, organizations: null }];
  return bundle(await bareCoordinator({ psks, ...options, dataDir: before.dataDir }), before);
}

function bundle(
  coordinator: Coordinator,
  known: Pick<TestCoordinator, 'dataDir' | 'psk' | 'ownerToken' | 'organization'>,
): TestCoordinator {
  const { dataDir, psk, ownerToken, organization } = known;
  const { url } = coordinator;
  const as = (token: string | null) => createClient({ url, token });
  const owner = as(ownerToken);
  return {
    ...{ coordinator, url, dataDir, psk, owner, ownerToken, organization, as },
    async user(username, role = 'member') {
      const email = `${username}@example.com`;
      const { id } = await owner.call(routes.createUser, { body: { username, email, password, role } });
      const { token } = await as(null).call(routes.login, { body: { login: username, password } });
      return { client: as(token), token, id };
    },
    daemon: (options = {}) => TestDaemon.connect(url, { ...(options.token ? {} : { psk }), ...options }),
  };
}

/** The error that a call is refused with. Fails the test when it is not. */
export async function refusal(call: Promise<unknown>): Promise<BerthError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof BerthError) return error;
    throw error;
  }
  throw new Error('the call succeeded');
}
