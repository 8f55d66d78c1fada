import { fillPath, PSK_HEADER, type Route, routes } from '@berth/protocol';
import { expect, test } from 'vitest';
import { password, type TestCoordinator, testCoordinator } from './support/coordinator.js';
import type { Attempt } from './support/daemon.js';
import { build, create, push, runBuild, sha256, template } from './support/work.js';

/** The site's owner; a template-admin; the member whose workspace it is; another member. */
const roles = ['owner', 'templateAdmin', 'member', 'otherMember'] as const;
type Role = (typeof roles)[number];
/** Let in (whatever the answer to the rest of the request), or refused with this status. */
type Verdict = 'in' | 403 | 404;

interface World {
  test: TestCoordinator;
  tokens: Record<Role, string>;
  template: string;
  version: string;
  workspace: string;
  state: string;
  buildJob: string;
  importJob: string;
  planJob: string;
  daemonAttempt: Attempt;
}

interface Row {
  route: keyof typeof routes;
  note?: string;
  params?: (world: World) => Record<string, string | number>;
  query?: Record<string, string>;
  body?: (world: World, unique: string) => unknown;
  /** In the order of `roles`. */
  verdicts: readonly [Verdict, Verdict, Verdict, Verdict];
}

const everyone = ['in', 'in', 'in', 'in'] as const;
const templateAdmins = ['in', 'in', 403, 403] as const;
const siteOwner = ['in', 403, 403, 403] as const;
/** Those who may see the workspace, and those who may change it or see its secrets. */
const readers = ['in', 'in', 'in', 404] as const;
const owners = ['in', 403, 'in', 404] as const;

/** Those who administrate the organization. */
const admins = ['in', 403, 403, 404] as const;

const organization = ({ test: { organization } }: World) => ({ organization });
const workspace = ({ workspace }: World) => ({ workspace });
const build1 = ({ workspace }: World) => ({ workspace, number: 1 });
const templateParam = ({ template }: World) => ({ template });
const version = ({ version }: World) => ({ version });
const buildJob = ({ buildJob }: World) => ({ job: buildJob });
const planJob = ({ planJob }: World) => ({ job: planJob });
const importJob = ({ importJob }: World) => ({ job: importJob });
const digest = () => ({ digest: sha256('some content') });
const upload = (world: World) => ({ ...workspace(world), ...digest() });

const table: Row[] = [
  { route: 'me', verdicts: everyone },
  {
    route: 'createUser',
    body: (_, unique) => ({ username: unique, email: `${unique}@example.com`, password }),
    verdicts: siteOwner,
  },
  {
    route: 'createUser',
    note: 'another owner',
    body: (_, unique) => ({ username: unique, email: `${unique}@example.com`, password, role: 'owner' }),
    verdicts: siteOwner,
  },
  { route: 'listUsers', verdicts: siteOwner },
  { route: 'createToken', body: (_, unique) => ({ name: unique }), verdicts: everyone },
  { route: 'listTokens', verdicts: everyone },
  { route: 'listOrganizations', verdicts: everyone },
  { route: 'listDaemons', params: organization, verdicts: everyone },
  {
    route: 'drainDaemon',
    params: world => ({ ...organization(world), daemon: 'daemon' }),
    body: () => ({ draining: false }),
    verdicts: templateAdmins,
  },
  { route: 'fileStatus', params: digest, verdicts: templateAdmins },
  { route: 'uploadFile', params: digest, query: { size: '12' }, verdicts: templateAdmins },
  {
    route: 'pushVersion',
    params: world => ({ ...organization(world), template: 'pushed' }),
    body: () => ({ archive: sha256('archive of scratch') }),
    verdicts: templateAdmins,
  },
  { route: 'listTemplates', params: organization, verdicts: everyone },
  { route: 'getTemplate', params: templateParam, verdicts: everyone },
  { route: 'editTemplate', params: templateParam, body: () => ({ description: 'new' }), verdicts: templateAdmins },
  { route: 'deleteTemplate', params: templateParam, verdicts: templateAdmins },
  { route: 'listVersions', params: templateParam, verdicts: everyone },
  { route: 'getVersion', params: version, verdicts: everyone },
  { route: 'downloadVersion', params: version, verdicts: templateAdmins },
  {
    route: 'createWorkspace',
    params: organization,
    body: ({ template }, unique) => ({ name: unique, template }),
    verdicts: everyone,
  },
  { route: 'listWorkspaces', verdicts: everyone },
  { route: 'getWorkspace', params: workspace, verdicts: readers },
  { route: 'createBuild', params: workspace, body: () => ({ transition: 'stop' }), verdicts: owners },
  {
    route: 'createBuild',
    note: 'orphan',
    params: workspace,
    body: () => ({ transition: 'delete', orphan: true }),
    verdicts: ['in', 403, 403, 404],
  },
  { route: 'planVersion', params: version, verdicts: everyone },
  { route: 'planWorkspace', params: workspace, verdicts: owners },
  { route: 'getDryRun', params: planJob, verdicts: readers },
  { route: 'jobLogs', note: 'dry run', params: planJob, verdicts: readers },
  { route: 'listBuilds', params: workspace, verdicts: readers },
  { route: 'getBuild', params: build1, verdicts: readers },
  { route: 'buildResources', params: build1, verdicts: readers },
  { route: 'buildResources', note: 'reveal', params: build1, query: { reveal: 'true' }, verdicts: owners },
  { route: 'buildState', params: build1, verdicts: owners },
  { route: 'listStates', params: workspace, verdicts: readers },
  { route: 'downloadState', params: world => ({ ...workspace(world), state: world.state }), verdicts: owners },
  { route: 'releaseWorkspace', params: workspace, verdicts: admins },
  { route: 'stateUploadStatus', params: upload, verdicts: admins },
  { route: 'uploadState', params: upload, query: { size: '12' }, verdicts: admins },
  {
    route: 'pushState',
    params: workspace,
    body: () => ({ ...digest(), sizeBytes: 12, serial: 9, lineage: 'l', engineVersion: '1.11.4' }),
    verdicts: admins,
  },
  { route: 'getJob', note: 'build', params: buildJob, verdicts: readers },
  { route: 'getJob', note: 'import', params: importJob, verdicts: everyone },
  { route: 'listJobs', params: organization, verdicts: templateAdmins },
  { route: 'cancelJob', note: 'build', params: buildJob, verdicts: owners },
  { route: 'cancelJob', note: 'import', params: importJob, verdicts: templateAdmins },
  { route: 'jobLogs', note: 'build', params: buildJob, verdicts: readers },
  { route: 'jobLogs', note: 'import', params: importJob, verdicts: templateAdmins },
  { route: 'jobEvents', note: 'build', params: buildJob, verdicts: readers },
  { route: 'jobEvents', note: 'import', params: importJob, verdicts: templateAdmins },
  { route: 'backup', verdicts: siteOwner },
  { route: 'removeToken', params: () => ({ token: 'own-token' }), verdicts: everyone },
  // Last, since it ends the session.
  { route: 'logout', verdicts: everyone },
];

/** Routes that need no credential, and those of attempts: no role comes into it. */
const publicRoutes = ['buildInfo', 'createFirstUser', 'login'];
const attemptCalls: Row[] = [
  { route: 'attemptArchive', verdicts: everyone },
  { route: 'attemptState', verdicts: everyone },
  { route: 'attemptStateStatus', params: digest, verdicts: everyone },
  {
    route: 'uploadAttemptState',
    params: digest,
    query: { size: '12', serial: '1', lineage: 'a', kind: 'final' },
    verdicts: everyone,
  },
  { route: 'uploadAttemptResult', body: () => ({}), verdicts: everyone },
  { route: 'appendAttemptLog', body: () => ({}), verdicts: everyone },
];

test('the table has every route', () => {
  const named = [...table, ...attemptCalls].map(({ route }) => route);
  expect([...new Set([...named, ...publicRoutes])].sort()).toEqual(Object.keys(routes).sort());
});

test('every route for every role, and for what is no user', async () => {
  const world = await makeWorld();
  const wrong: string[] = [];
  const check = (row: Row, who: string, expected: Verdict | 401, status: number) => {
    const right = expected === 'in' ? status !== 401 && status !== 403 && status !== 404 : status === expected;
    if (!right) wrong.push(`${row.route} ${row.note ?? ''} as ${who}: ${status}, not ${expected}`);
  };
  const { test: setup, daemonAttempt } = world;
  const strangers = {
    nobody: {},
    'the token of an attempt': bearer(daemonAttempt.spec.token),
    'a pre-shared key': { [PSK_HEADER]: setup.psk },
    'a pre-shared key as a token': bearer(setup.psk),
    'a made-up token': bearer('berth_ses_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'),
  };
  for (const row of table) {
    for (const [who, headers] of Object.entries(strangers)) check(row, who, 401, await call(world, row, headers));
    for (const [i, role] of roles.entries()) {
      check(row, role, row.verdicts[i] ?? 'in', await call(world, row, bearer(world.tokens[role])));
    }
  }
  const users = Object.fromEntries(roles.map(role => [role, bearer(world.tokens[role])]));
  const { 'the token of an attempt': attempt, ...others } = { ...strangers, ...users };
  for (const row of attemptCalls) {
    for (const [who, headers] of Object.entries(others)) check(row, who, 401, await call(world, row, headers ?? {}));
    check(row, 'its attempt', 'in', await call(world, row, attempt));
  }
  expect(wrong).toEqual([]);
});

async function makeWorld(): Promise<World> {
  const setup = await testCoordinator();
  const [templateAdmin, member, otherMember] = [
    await setup.user('template-admin', 'template-admin'),
    await setup.user('member'),
    await setup.user('other'),
  ];
  const daemon = await setup.daemon();
  const imported = await template(setup, daemon);
  const made = await create(setup, member.client, imported);
  await runBuild(daemon);
  // An attempt that stays alive, with a state to build on.
  await build(
    setup.owner,
    await create(setup, setup.owner, imported, 'kept').then(async kept => {
      await runBuild(daemon);
      return kept;
    }),
    'stop',
  );
  const daemonAttempt = await daemon.take(true);
  const pending = await push(setup, setup.owner, { template: 'pending', tags: { nobody: 'has' } });
  const tokens = {
    owner: setup.ownerToken,
    templateAdmin: templateAdmin.token,
    member: member.token,
    otherMember: otherMember.token,
  };
  const planned = await member.client.call(routes.planWorkspace, { params: { workspace: made.id }, body: {} });
  const history = await setup.owner.call(routes.listStates, { params: { workspace: made.id } });
  for (const token of Object.values(tokens)) {
    await setup.as(token).call(routes.createToken, { body: { name: 'own-token' } });
  }
  return {
    test: setup,
    tokens,
    template: imported.template.id,
    version: imported.id,
    workspace: made.id,
    state: history.items[0]?.id ?? '',
    buildJob: made.latestBuild.job.id,
    importJob: pending.version.job.id,
    planJob: planned.job.id,
    daemonAttempt,
  };
}

let calls = 0;

async function call(world: World, row: Row, headers: Record<string, string>): Promise<number> {
  const route: Route = routes[row.route];
  const query = new URLSearchParams(row.query ?? {}).toString();
  const stop = new AbortController();
  const response = await fetch(`${world.test.url}${fillPath(route.path, row.params?.(world) ?? {})}?${query}`, {
    method: route.method,
    signal: stop.signal,
    headers: {
      ...headers,
      ...(route.requestBody === 'json' ? { 'content-type': 'application/json' } : {}),
    },
    ...(route.requestBody === 'json' ? { body: JSON.stringify(row.body?.(world, `unique-${calls++}`) ?? {}) } : {}),
    ...(route.requestBody === 'bytes' ? { body: 'some content' } : {}),
  });
  // Event streams of jobs that have not ended go on.
  if (route.responseBody === 'events') stop.abort();
  else await response.arrayBuffer();
  return response.status;
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
