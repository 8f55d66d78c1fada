import { BerthError, type Build, type Daemon, type Workspace } from '@berth/protocol';
import { expect, test } from 'vitest';
import { makeColours } from '../src/output/colour.js';
import { importEnded, packedText } from '../src/push/pushText.js';
import { readyText } from '../src/services/readyText.js';
import { buildEnded } from '../src/show/buildText.js';
import { daemonTable } from '../src/show/daemonTable.js';
import { jobTable } from '../src/show/jobTable.js';
import { outputLines } from '../src/show/outputLines.js';
import { rolesText } from '../src/show/rolesText.js';
import { workspaceDetail } from '../src/show/workspaceDetail.js';
import { workspaceTable } from '../src/show/workspaceTable.js';
import { sampleJob, sampleVersion } from './sampleJob.js';

const colours = makeColours(false);
const id = '2b7a1f7e-3c4d-4d5e-8f60-0123456789ab';
const minute = 60_000;
const now = 100 * minute;

const build: Build = {
  id,
  number: 3,
  workspace: { id, name: 'dev' },
  transition: 'start',
  version: { id, name: 'v2' },
  initiator: { id, username: 'ada' },
  createdAt: now - 2 * minute,
  job: sampleJob(),
  parameters: [
    { name: 'size', value: 3, sensitive: false, isDefault: false, ephemeral: false },
    { name: 'token', value: null, sensitive: true, isDefault: false, ephemeral: false },
    { name: 'text', value: 'a\u001b[2Jb', sensitive: false, isDefault: false, ephemeral: false },
    { name: 'rest', value: null, sensitive: false, isDefault: true, ephemeral: false },
  ],
  orphan: false,
  stateSerial: null,
};

const workspace: Workspace = {
  id,
  name: 'dev',
  owner: { id, username: 'ada' },
  organization: { id, name: 'default' },
  template: { id, name: 'scratch' },
  provider: 'built-in',
  status: 'pending',
  outdated: true,
  latestBuild: build,
  createdAt: now - 90 * minute,
  deletedAt: null,
  stateIncomplete: null,
};

test('a workspace whose build waits shows why, the nearest daemon and what keeps it from the job', () => {
  const waiting = {
    reason: 'no_daemon_matches' as const,
    message: 'no daemon matches its tags; nearest is one: lacks gpu=yes',
    nearest: { daemon: 'one', lacks: ['lacks gpu=yes', 'has zone=a, not b'] },
    position: 2,
  };
  const job = sampleJob({ waiting, tags: { gpu: 'yes', scope: 'organization', owner: '' } });
  const shown = workspaceDetail(
    { ...workspace, latestBuild: { ...build, job } },
    { resources: [], outputs: [] },
    { now, colours },
  );
  expect(shown).toBe(
    [
      'workspace       ada/dev',
      'status          pending',
      'template        scratch v2 (outdated)',
      'organization    default',
      'created         1 h ago',
      'build           3 (start) by ada, 2 min ago',
      'job             pending',
      'tags            gpu=yes scope=organization',
      'waits because   no daemon matches its tags; nearest is one: lacks gpu=yes',
      'nearest daemon  one lacks gpu=yes; has zone=a, not b',
      'position        2',
      '',
      'Parameters',
      '  size   3',
      '  token  (sensitive)',
      '  text   ab',
      '  rest   (default)',
    ].join('\n'),
  );
});

test('a failed build shows its error and notes; resources and outputs are those it left', () => {
  const job = sampleJob({
    status: 'failed',
    startedAt: now - minute,
    finishedAt: now - minute / 2,
    daemon: { id, name: 'one' },
    error: new BerthError('engine_failed', 'Invalid value (main.tf line 3)').toBody(),
    notes: ['Attempt 1 was lost.'],
  });
  const resource = { module: null, mode: 'managed' as const, type: 't', name: 'n' };
  const shown = workspaceDetail(
    { ...workspace, status: 'failed', latestBuild: { ...build, job, parameters: [] } },
    {
      resources: [
        { ...resource, address: 't.n[0]', tainted: true },
        { ...resource, address: 'data.t.n', mode: 'data', tainted: false },
      ],
      outputs: [{ name: 'secret', type: 'string', value: null, sensitive: true }],
    },
    { now, colours },
  );
  expect(shown).toContain('job           failed, 30 s ago, took 30 s\n');
  expect(shown).toContain('\n\nError: Invalid value (main.tf line 3)\n\nNote: Attempt 1 was lost.\n\n');
  expect(shown).toContain('  t.n[0]          tainted: it will be replaced\n  data.t.n  data\n');
  expect(shown).toMatch(/\nOutputs\n {2}secret = \(sensitive\)$/);
});

test('a list of workspaces names the owner where it shows those of others', () => {
  expect(workspaceTable([workspace], { withOwner: true, now, colours })).toBe(
    [
      'NAME     STATUS   TEMPLATE  VERSION        BUILD  CHANGED',
      'ada/dev  pending  scratch   v2 (outdated)      3  2 min ago',
    ].join('\n'),
  );
});

test('outputs are aligned; a value that was asked for is shown though it is sensitive', () => {
  const output = { type: 'string', sensitive: false };
  const outputs = [
    { ...output, name: 'a', value: 'x' },
    { ...output, name: 'list', value: [1] },
    { ...output, name: 'pw', value: 'revealed', sensitive: true },
  ];
  expect(outputLines(outputs, colours)).toEqual(['a    = "x"', 'list = [1]', 'pw   = "revealed"']);
});

test('a list of jobs says of those that wait why, and of those that failed what happened', () => {
  const waiting = { reason: 'all_busy' as const, message: 'every slot is busy', nearest: null, position: 1 };
  const failed = new BerthError('engine_failed', 'Invalid value\nsecond line').toBody();
  const table = jobTable(
    [
      sampleJob({ waiting, createdAt: now }),
      sampleJob({ status: 'failed', startedAt: 0, finishedAt: 1_000, error: failed, createdAt: now }),
      sampleJob({ status: 'running', unreachableSince: 1, createdAt: now }),
    ],
    now,
    colours,
  );
  expect(table).toMatch(/pending .* every slot is busy\n/);
  expect(table).toMatch(/failed .* 1\.0 s +Invalid value\n/);
  expect(table).toMatch(/unreachable since \d{4}-\d\d-\d\d \d\d:\d\d$/);
});

test('a list of daemons shows tags, slots, version and engine', () => {
  const daemon: Daemon = {
    id,
    name: 'one',
    organization: { id, name: 'default' },
    provider: 'built-in',
    status: 'busy',
    builtIn: false,
    tags: { zone: 'a', scope: 'user', owner: id },
    slots: 4,
    busySlots: 2,
    version: '0.1.0',
    protocol: 1,
    engine: { name: 'tofu', version: '1.12.0' },
    platform: 'linux_amd64',
    hostname: 'h',
    sandbox: 'none',
    createdAt: 0,
    lastSeenAt: now,
  };
  expect(daemonTable([daemon], now, colours).split('\n')[1]).toBe(
    `one   busy    zone=a scope=user owner=${id}  2/4    0.1.0    tofu 1.12.0  none     just now`,
  );
});

test.each([
  ['succeeded', /^✓ Workspace dev is running \(build 3, 2\.0 s\)\.$/],
  ['canceled', /^■ The build was canceled \(build 3, 2\.0 s\)\./],
  ['failed', /^✗ The build failed \(build 3, 2\.0 s\)\.[\s\S]*berth logs dev --build 3$/],
] as const)('a build that %s says so', (status, text) => {
  const job = sampleJob({ status, createdAt: 1_000, finishedAt: 3_000 });
  expect(buildEnded(build, job, 'dev', colours)).toMatch(text);
});

test('an import says what was not planned, and that its own backend is not used', () => {
  const version = sampleVersion({ planSkipped: "no value is known for 'owner'", ignoredBackend: 's3', active: false });
  expect(importEnded(version, version.job, colours)).toEqual([
    "  No plan was made: no value is known for 'owner'",
    '  Note: its own backend "s3" is not used: Berth keeps the state.',
    '✓ Imported version v1 of template scratch (1.0 s). It is not active.',
  ]);
  const failed = importEnded(version, sampleJob({ status: 'failed' }), colours);
  expect(failed).toEqual([
    '✗ The import of version v1 of template scratch failed; nobody can use it. The active version stays.',
  ]);
});

test('what a pack left out is named, and beyond ten counted', () => {
  const leftOut = Array.from({ length: 12 }, (_, i) => `f${i}`);
  expect(packedText({ stack: null, entries: 3, sizeBytes: 2048, leftOut })).toBe(
    'Packed 3 files and folders, 2.0 KiB. Left out: f0, f1, f2, f3, f4, f5, f6, f7, f8, f9 and 2 more.',
  );
  expect(packedText({ stack: null, entries: 3, sizeBytes: 2048, leftOut: [] })).toBe(
    'Packed 3 files and folders, 2.0 KiB.',
  );
});

test('the ready line names the address and what to do next', () => {
  expect(readyText('http://127.0.0.1:7400', 3, colours)).toBe(
    [
      'Berth is ready at http://127.0.0.1:7400',
      '  Log in, or make the first user, who owns the site:  berth login http://127.0.0.1:7400',
    ].join('\n'),
  );
  expect(readyText('http://x', 0, colours)).toContain('berth provisionerd start --url http://x');
});

test('roles are told in few words', () => {
  const user = { id, username: 'a', email: 'a@b', createdAt: 0, lastSeenAt: null };
  const membership = { organization: { id, name: 'default' }, role: 'template-admin' as const };
  expect(rolesText({ ...user, siteRole: 'owner', memberships: [membership] })).toBe('owner; template-admin of default');
  expect(rolesText({ ...user, siteRole: 'member', memberships: [membership] })).toBe('template-admin of default');
  expect(rolesText({ ...user, siteRole: 'member', memberships: [] })).toBe('member');
});
