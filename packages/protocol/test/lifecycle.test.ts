import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BerthError,
  cancelCameTooLate,
  checkHold,
  type JobEvent,
  type JobFacts,
  maxLostAttempts,
  newJobFacts,
  ownsJob,
  stageOf,
  statusOf,
  transition,
} from '../src/index.js';

const at = 1_000_000;
const events: Record<string, JobEvent> = {
  offer: { type: 'offer', offerMs: 5_000 },
  withdraw_offer: { type: 'withdraw_offer' },
  accept: { type: 'accept', leaseMs: 45_000 },
  open_gate: { type: 'open_gate' },
  heartbeat: { type: 'heartbeat', leaseMs: 45_000 },
  lose: { type: 'lose' },
  not_started: { type: 'not_started' },
  hand_back: { type: 'hand_back' },
  give_up: { type: 'give_up' },
  request_cancel: { type: 'request_cancel' },
  complete: { type: 'complete' },
  fail: { type: 'fail', code: 'engine_failed' },
  fail_canceled: { type: 'fail', code: 'canceled' },
  expire: { type: 'expire' },
};

/** Takes a new build through `steps`, one millisecond each. */
function after(...steps: string[]): JobFacts {
  return steps.reduce((job, step, i) => transition(job, event(step), at + i), newJobFacts('workspace_build'));
}

function event(name: string): JobEvent {
  const found = events[name];
  if (found === undefined) throw new Error(`no event ${name}`);
  return found;
}

/** `stage`, and the status where the stage does not say it. */
function describeJob(job: JobFacts): string {
  const status = statusOf(job);
  if (job.finishedAt !== null) return status;
  return status === 'canceling' ? `${stageOf(job)}, canceling` : stageOf(job);
}

const froms: Record<string, JobFacts> = {
  queued: after(),
  offered: after('offer'),
  preparing: after('offer', 'accept'),
  'preparing, canceling': after('offer', 'accept', 'request_cancel'),
  applying: after('offer', 'accept', 'open_gate'),
  'applying, canceling': after('offer', 'accept', 'open_gate', 'request_cancel'),
  unreachable: after('offer', 'accept', 'open_gate', 'lose'),
  'unreachable, canceling': after('offer', 'accept', 'open_gate', 'lose', 'request_cancel'),
  succeeded: after('offer', 'accept', 'open_gate', 'complete'),
  failed: after('offer', 'accept', 'fail'),
  canceled: after('request_cancel'),
};

// Every from × every event; what is not named is illegal.
const table: Record<string, Record<string, string>> = {
  queued: { offer: 'offered', request_cancel: 'canceled', expire: 'failed' },
  offered: { withdraw_offer: 'queued', accept: 'preparing', request_cancel: 'canceled' },
  preparing: {
    accept: 'preparing',
    open_gate: 'applying',
    heartbeat: 'preparing',
    lose: 'queued',
    not_started: 'queued',
    hand_back: 'queued',
    request_cancel: 'preparing, canceling',
    fail: 'failed',
  },
  'preparing, canceling': {
    accept: 'preparing, canceling',
    heartbeat: 'preparing, canceling',
    lose: 'canceled',
    not_started: 'canceled',
    hand_back: 'canceled',
    request_cancel: 'preparing, canceling',
    fail: 'failed',
    fail_canceled: 'canceled',
  },
  applying: {
    accept: 'applying',
    open_gate: 'applying',
    heartbeat: 'applying',
    lose: 'unreachable',
    not_started: 'queued',
    request_cancel: 'applying, canceling',
    complete: 'succeeded',
    fail: 'failed',
  },
  'applying, canceling': {
    accept: 'applying, canceling',
    open_gate: 'applying, canceling',
    heartbeat: 'applying, canceling',
    lose: 'unreachable, canceling',
    not_started: 'canceled',
    request_cancel: 'applying, canceling',
    complete: 'succeeded',
    fail: 'failed',
    fail_canceled: 'canceled',
  },
  unreachable: {
    accept: 'applying',
    open_gate: 'unreachable',
    heartbeat: 'applying',
    not_started: 'queued',
    give_up: 'failed',
    request_cancel: 'unreachable, canceling',
    complete: 'succeeded',
    fail: 'failed',
  },
  'unreachable, canceling': {
    accept: 'applying, canceling',
    open_gate: 'unreachable, canceling',
    heartbeat: 'applying, canceling',
    not_started: 'canceled',
    give_up: 'failed',
    request_cancel: 'unreachable, canceling',
    complete: 'succeeded',
    fail: 'failed',
    fail_canceled: 'canceled',
  },
  succeeded: {},
  failed: {},
  canceled: {},
};

const pairs = Object.keys(froms).flatMap(from => Object.keys(events).map(name => ({ from, name })));

describe('from × event', () => {
  test.each(pairs)('$from × $name', ({ from, name }) => {
    const job = froms[from];
    if (job === undefined) throw new Error(from);
    expect(describeJob(job)).toBe(from);
    const expected = table[from]?.[name];
    if (expected === undefined) expect(() => transition(job, event(name), at + 10)).toThrow(BerthError);
    else expect(describeJob(transition(job, event(name), at + 10))).toBe(expected);
  });
});

test('a cancel request that stands keeps the gate closed', () => {
  const job = after('offer', 'accept', 'request_cancel');
  expect(() => transition(job, event('open_gate'), at)).toThrow(expect.objectContaining({ code: 'gate_closed' }));
});

test('a job that is offered again has a new attempt number, and the old attempt owns nothing', () => {
  const job = after('offer', 'withdraw_offer', 'offer');
  expect(job.attempt).toBe(2);
  expect(ownsJob(job, 2)).toBe(true);
  expect(ownsJob(job, 1)).toBe(false);
  expect(ownsJob(after('offer', 'withdraw_offer'), 1)).toBe(false);
  expect(ownsJob(after('offer', 'accept', 'fail'), 1)).toBe(false);
});

test('attempts lost before the gate are counted, offers that nobody took are not', () => {
  let job = after('offer', 'withdraw_offer', 'offer', 'withdraw_offer');
  for (let i = 1; i < maxLostAttempts; i++) {
    job = [event('offer'), event('accept'), event('lose')].reduce((facts, step) => transition(facts, step, at), job);
    expect(describeJob(job)).toBe('queued');
    expect(job.lostAttempts).toBe(i);
  }
  job = [event('offer'), event('accept'), event('lose')].reduce((facts, step) => transition(facts, step, at), job);
  expect(job).toMatchObject({ errorCode: 'attempts_exhausted', finishedAt: at });
});

test('asking twice for the gate keeps its first time', () => {
  const opened = after('offer', 'accept', 'open_gate');
  expect(transition(opened, event('open_gate'), at + 99).applyStartedAt).toBe(opened.applyStartedAt);
});

test('only what can change something passes the gate', () => {
  const started = [event('offer'), event('accept')].reduce(
    (job, e) => transition(job, e, at),
    newJobFacts('template_import'),
  );
  expect(() => transition(started, event('open_gate'), at)).toThrow(BerthError);
  expect(statusOf(transition(started, event('complete'), at))).toBe('succeeded');
});

test('a build does not succeed without having passed the gate', () => {
  expect(() => transition(after('offer', 'accept'), event('complete'), at)).toThrow(BerthError);
});

test('a cancel that came too late is told', () => {
  expect(cancelCameTooLate(after('offer', 'accept', 'open_gate', 'request_cancel', 'complete'))).toBe(true);
  expect(cancelCameTooLate(after('offer', 'accept', 'open_gate', 'complete'))).toBe(false);
});

test('a second cancel request asks for the hard step', () => {
  const job = after('offer', 'accept', 'open_gate', 'request_cancel', 'request_cancel');
  expect(job).toMatchObject({ cancelRequestedAt: at + 3, hardCancelRequestedAt: at + 4 });
});

test('whatever happens, facts stay consistent: an end is final, a gate needs an accept, a queued job owns nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...Object.keys(events)), { maxLength: 30 }), names => {
      let job = newJobFacts('workspace_build');
      names.forEach((name, i) => {
        const before = job;
        try {
          job = transition(job, event(name), at + i);
        } catch (error) {
          expect(error).toBeInstanceOf(BerthError);
          return;
        }
        expect(before.finishedAt).toBeNull();
        if (job.applyStartedAt !== null) expect(job.startedAt).not.toBeNull();
        if (job.startedAt !== null && job.finishedAt === null) expect(job.leaseExpiresAt).not.toBeNull();
        if (stageOf(job) === 'queued') expect(ownsJob(job, job.attempt)).toBe(false);
        expect(job.attempt).toBeGreaterThanOrEqual(before.attempt);
        // A job whose gate was open goes back to the queue by the word of its daemon's journal alone.
        if (before.applyStartedAt !== null && job.applyStartedAt === null) expect(name).toBe('not_started');
      });
    }),
  );
});

test('lost-after must leave time for the hold and the ladder', () => {
  const times = { holdMs: 60_000, cancelGraceMs: 30_000, lostAfterMs: 180_000 };
  expect(() => checkHold(times)).not.toThrow();
  expect(() => checkHold({ ...times, lostAfterMs: 179_999 })).toThrow(BerthError);
});
