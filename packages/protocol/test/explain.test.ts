import { expect, test } from 'vitest';
import { explainWaiting, type FleetDaemon, type WaitingJob } from '../src/index.js';

const untagged = { scope: 'organization', owner: '' };
const job: WaitingJob = {
  organization: 'o',
  provider: 'built-in',
  engine: 'terraform',
  minimumEngineVersion: null,
  tags: { ...untagged, environment: 'on-prem', datacenter: 'chicago' },
  offeredTo: null,
  position: 3,
};

function daemon(name: string, more: Partial<FleetDaemon> = {}): FleetDaemon {
  return {
    name,
    organization: 'o',
    provider: 'built-in',
    engine: { name: 'terraform', version: '1.11.4' },
    tags: job.tags,
    connected: true,
    draining: false,
    outdated: false,
    freeSlots: 0,
    ...more,
  };
}

const cases: { title: string; fleet: FleetDaemon[]; job?: Partial<WaitingJob>; reason: string; says: string }[] = [
  { title: 'no daemon at all', fleet: [], reason: 'no_daemon_matches', says: 'no daemon has ever connected' },
  {
    title: 'daemons of other organizations and providers do not count as near',
    fleet: [daemon('a', { organization: 'p' }), daemon('b', { provider: 'x' })],
    reason: 'no_daemon_matches',
    says: 'no daemon has ever connected',
  },
  {
    title: 'the nearest daemon lacks least',
    fleet: [
      daemon('far', { tags: untagged }),
      daemon('near', { tags: { ...untagged, environment: 'on-prem', datacenter: 'new_york' } }),
    ],
    reason: 'no_daemon_matches',
    says: 'nearest is near: has datacenter=new_york, not chicago',
  },
  {
    title: 'a job without tags and a daemon with some',
    fleet: [daemon('tagged')],
    job: { tags: untagged },
    reason: 'no_daemon_matches',
    says: 'nearest is tagged: has tags',
  },
  {
    title: 'another engine',
    fleet: [daemon('a', { engine: { name: 'tofu', version: '1.12.0' } })],
    reason: 'engine_mismatch',
    says: 'has tofu, not terraform',
  },
  {
    title: 'an older engine',
    fleet: [daemon('a')],
    job: { minimumEngineVersion: '1.12.0' },
    reason: 'engine_mismatch',
    says: 'has version 1.11.4, older than 1.12.0',
  },
  { title: 'all busy', fleet: [daemon('a'), daemon('b', { connected: false })], reason: 'all_busy', says: ': a' },
  { title: 'all offline', fleet: [daemon('a', { connected: false })], reason: 'all_offline', says: 'offline: a' },
  { title: 'draining', fleet: [daemon('a', { draining: true })], reason: 'draining', says: 'draining: a' },
  { title: 'too old', fleet: [daemon('a', { outdated: true })], reason: 'version_mismatch', says: 'too old: a' },
  { title: 'offered', fleet: [daemon('a')], job: { offeredTo: 'a' }, reason: 'offer_pending', says: 'daemon a' },
];

test.each(cases)('$title', ({ fleet, job: more = {}, reason, says }) => {
  const answer = explainWaiting({ ...job, ...more }, fleet);
  expect(answer.reason).toBe(reason);
  expect(answer.message).toContain(says);
  expect(answer.position).toBe(3);
});

test('the nearest daemon is named apart, for the page', () => {
  const fleet = [daemon('a', { tags: untagged })];
  expect(explainWaiting(job, fleet).nearest).toEqual({
    daemon: 'a',
    lacks: ['lacks environment=on-prem', 'lacks datacenter=chicago'],
  });
});
