import { type AttemptRef, BerthError, type ToCoordinator } from '@berth/protocol';
import { newToken } from '../access/secretTokens.js';
import { attemptSpec } from '../builds/attemptSpec.js';
import type { Core } from '../core.js';
import type { LiveDaemon } from './liveDaemon.js';
import { refuseUnsendable } from './unsendableSpec.js';

/** What a daemon that was welcomed sends. */
export type DaemonMessage = Exclude<ToCoordinator, { type: 'hello' }>;

type Needs = Pick<Core, 'store' | 'settings' | 'log' | 'changes' | 'scheduler' | 'importChecks'>;
type Message<T extends DaemonMessage['type']> = Extract<DaemonMessage, { type: T }>;

/**
 * Acts on one message of a daemon and answers it. Messages of one daemon come here one after the other. Accept,
 * open_gate, hand_back, not_started and terminal may come again: the store answers them as the first time.
 *
 * @throws BerthError `fenced` or `not_found` when the attempt that it names does not own its job; others as the store
 */
export async function handleMessage(core: Needs, daemon: LiveDaemon, message: DaemonMessage): Promise<void> {
  switch (message.type) {
    case 'accept':
      return accept(core, daemon, message);
    case 'decline':
      core.log.info({ ...refOf(message), daemon: daemon.record.name, reason: message.reason }, 'declined an offer');
      return core.scheduler.withdraw(daemon, refOf(message), 'declined');
    case 'open_gate':
      return openGate(core, daemon, message);
    case 'heartbeat':
      return heartbeat(core, daemon, message);
    case 'progress':
      await mustHold(core, daemon, message);
      await core.store.jobs.setPhase(refOf(message), message.phase);
      return core.changes.jobs.publish(message.job);
    case 'hand_back':
      return handBack(core, daemon, message);
    case 'not_started':
      return notStarted(core, daemon, message);
    case 'terminal':
      return terminal(core, daemon, message);
    case 'draining':
      return draining(core, daemon, message);
  }
}

async function accept(core: Needs, daemon: LiveDaemon, message: Message<'accept'>): Promise<void> {
  const { store, settings } = core;
  const ref = refOf(message);
  // Before the store is asked: the slot is never counted as free in between.
  daemon.slots.hold(ref);
  const { token, hash } = newToken('attempt');
  const { leaseMs, holdMs, lostAfterMs, cancelGraceMs } = settings.timings;
  const times = { holdMs, lostAfterMs, cancelGraceMs };
  const accepted = { leaseMs, tokenHash: hash, openGate: message.openGate, times };
  const { job, gateOpen } = await store.jobs.accept({ ...ref, daemonId: daemon.id }, accepted).catch(error => {
    // The offer was withdrawn or the job canceled in the same moment: nothing runs in the slot.
    if (error instanceof BerthError && error.code !== 'unavailable') daemon.slots.release(ref);
    throw error;
  });
  const input = await store.jobs.attemptInput(job.id);
  if (input === null) throw new BerthError('fenced', `job ${job.id} is no longer there`);
  const spec = await attemptSpec(core, input, token);
  const answer = { type: 'accepted' as const, spec, gateOpen };
  if (!(await refuseUnsendable(core, daemon, ref, answer))) {
    daemon.ran(input.version.archive.digest);
    daemon.send(answer);
  }
  core.changes.jobs.publish(job.id);
}

async function openGate(core: Needs, daemon: LiveDaemon, message: Message<'open_gate'>): Promise<void> {
  await mustHold(core, daemon, message);
  const open = await core.store.jobs.openGate(refOf(message));
  daemon.send({ type: 'gate', ...refOf(message), open });
  core.changes.jobs.publish(message.job);
}

async function heartbeat(core: Needs, daemon: LiveDaemon, { seq, attempts }: Message<'heartbeat'>): Promise<void> {
  const verdicts = await core.store.jobs.heartbeat(daemon.id, attempts, core.settings.timings.leaseMs);
  const openBefore = daemon.openSlots;
  daemon.slots.judge(verdicts);
  daemon.send({ type: 'heartbeat_ack', seq, attempts: verdicts });
  // One that was unreachable no longer is.
  for (const { job } of attempts) core.changes.jobs.publish(job);
  if (daemon.openSlots > openBefore) void core.scheduler.fill(daemon);
}

async function handBack(core: Needs, daemon: LiveDaemon, message: Message<'hand_back'>): Promise<void> {
  await mustHold(core, daemon, message);
  const job = await core.store.jobs.handBack(refOf(message), message.reason);
  core.scheduler.rest(daemon);
  settled(core, daemon, message);
  if (job.finishedAt === null) await core.scheduler.jobReady(job, null);
}

/** Only the data directory that took the attempt can know, which the store looks at. */
async function notStarted(core: Needs, daemon: LiveDaemon, message: Message<'not_started'>): Promise<void> {
  const by = { daemonId: daemon.id, instance: daemon.record.instance };
  const job = await core.store.jobs.notStarted(refOf(message), by, message.reason, message.lost);
  settled(core, daemon, message);
  if (job.finishedAt === null) await core.scheduler.jobReady(job, null);
}

async function terminal(core: Needs, daemon: LiveDaemon, message: Message<'terminal'>): Promise<void> {
  await mustHold(core, daemon, message);
  const ref = refOf(message);
  const { attached } = message;
  await core.store.jobs.settle(
    ref,
    core.importChecks.judge(ref, message.outcome),
    attached && { ...attached, state: attached.state === null ? null : Buffer.from(attached.state, 'base64') },
  );
  core.importChecks.forget(ref);
  settled(core, daemon, message);
}

async function draining(core: Needs, daemon: LiveDaemon, message: Message<'draining'>): Promise<void> {
  daemon.draining = message.draining;
  await core.store.daemons.setDraining(daemon.id, message.draining);
  core.changes.waiting.publish(daemon.capabilities.organization);
  void core.scheduler.fill(daemon);
}

/** The attempt is over: says so, and lets the slot look for the next job. */
function settled(core: Needs, daemon: LiveDaemon, message: AttemptRef): void {
  daemon.slots.release(message);
  daemon.send({ type: 'settled', ...refOf(message) });
  core.changes.jobs.publish(message.job);
  void core.scheduler.fill(daemon);
}

/**
 * A daemon speaks only for its own attempts. Those that it accepted on this connection are known; for others (a message
 * that is sent again, over a new connection) the store knows whose they were.
 */
async function mustHold({ store }: Needs, daemon: LiveDaemon, ref: AttemptRef): Promise<void> {
  if (daemon.slots.holds(ref)) return;
  const job = await store.jobs.byId(ref.job);
  if (job?.attempt === ref.attempt && job.daemon?.id === daemon.id) return;
  throw new BerthError('fenced', `attempt ${ref.attempt} of job ${ref.job} is not with this daemon`);
}

function refOf({ job, attempt }: AttemptRef): AttemptRef {
  return { job, attempt };
}
