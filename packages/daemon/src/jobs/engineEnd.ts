import { BerthError } from '@berth/protocol';
import type { OperationEnd } from '@berth/terraform';
import type { Stopped } from '../attempts/stopLever.js';
import { diagnosticTitle } from '../logs/diagnosticEntry.js';
import type { JobContext } from './jobContext.js';

/**
 * What went wrong when an operation of the engine did not succeed; null when it did. An engine that was stopped exits
 * like one that failed: what it was sent tells them apart.
 *
 * @param what the operation, for people: `init`, `apply`…
 */
export function engineError(job: JobContext, what: string, end: OperationEnd): BerthError | null {
  if (end.succeeded) return null;
  const [first] = end.rungs;
  if (first !== undefined) return stopError(job, what, end);
  const { code } = end.exit;
  const engine = job.host.engine.name;
  if (code === null || code >= 128) {
    const how = code === null ? '' : ` by signal ${code - 128}`;
    return new BerthError('engine_killed', `${engine} ${what} was killed from outside${how}`, { hint: IN_FLIGHT });
  }
  const [error] = end.errors;
  const message = error === undefined ? `${engine} ${what} ended with exit code ${code}` : diagnosticTitle(error);
  return new BerthError('engine_failed', job.redact(message));
}

/** The error of an attempt that was stopped before or after an engine ran. */
export function stoppedError(stopped: Stopped): BerthError {
  if (stopped.reason === 'canceled') return new BerthError('canceled', 'canceled before anything was changed');
  if (stopped.reason === 'fenced') return new BerthError('fenced', 'the attempt no longer owns its job');
  return new BerthError('daemon_stopped', 'the daemon was stopped before anything was changed');
}

function stopError(job: JobContext, what: string, end: OperationEnd): BerthError {
  const hard = end.rungs.length > 1 || end.rungs[0]?.name !== 'interrupt';
  const hint = hard ? { hint: IN_FLIGHT } : {};
  const engine = job.host.engine.name;
  const stopped = `${engine} ${what} was stopped`;
  switch (end.rungs[0]?.cause) {
    case 'lease': {
      const message = `${stopped}: the coordinator was out of reach for ${span(job.spec.holdMs)}`;
      return new BerthError('daemon_lost', message, hint);
    }
    case 'build_timeout': {
      const message = `${stopped}: the job took longer than its daemon allows${inBrackets(job.host.limits.buildTimeoutMs)}`;
      return new BerthError('timed_out', message, hint);
    }
    case 'no_output_timeout': {
      const message = `${stopped}: it printed nothing for longer than its daemon allows${inBrackets(job.host.limits.noOutputTimeoutMs)}`;
      return new BerthError('timed_out', message, hint);
    }
  }
  if (job.lever.reason === 'canceled') return new BerthError('canceled', `${engine} ${what} was canceled`, hint);
  return new BerthError('daemon_stopped', `${engine} ${what} was stopped because the daemon was`, hint);
}

function span(ms: number): string {
  return ms < 60_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 6_000) / 10} min`;
}

/** Nothing for a limit that an earlier process had, and this one has not. */
function inBrackets(ms: number | undefined): string {
  return ms === undefined ? '' : ` (${span(ms)})`;
}

const IN_FLIGHT = 'What was being made at that moment may exist without being in the state.';
