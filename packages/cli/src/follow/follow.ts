import type { Client } from '@berth/client';
import { BerthError, type Job, routes } from '@berth/protocol';
import { type Ended, followToEnd } from './followToEnd.js';
import { Interrupts } from './interrupts.js';
import type { JobView } from './jobView.js';

interface FollowOptions {
  client: Client;
  job: Job;
  /** What is followed, for people: `the build`, `the import`. */
  what: string;
  /** The command that follows it again. */
  comeBack: string;
  makeView: () => JobView;
  tell: (text: string) => void;
  /** Asks a yes-or-no question; null where nobody can answer. */
  confirm: ((question: string) => Promise<boolean>) | null;
}

/** How long after the first Ctrl-C a second one asks whether to cancel. */
const secondMs = 5_000;

/**
 * Follows a job to its end. Ctrl-C stops following and not the job; a second one soon after asks whether to cancel the
 * job, and if so its end is followed too.
 *
 * @returns the job as it ended; null when the user left before
 */
export async function follow(options: FollowOptions): Promise<Ended | null> {
  const { client, job, what, comeBack, tell, confirm } = options;
  const interrupts = new Interrupts();
  try {
    while (true) {
      const ended = await followUntilInterrupted(client, job.id, options.makeView(), interrupts);
      if (ended !== null) return ended;
      tell(`Stopped following; ${what} goes on. To come back: ${comeBack}`);
      if (confirm === null) return null;
      tell(`Press Ctrl-C again within ${secondMs / 1000} s to cancel ${what}, or Enter to leave now.`);
      if (!(await interruptedAgain(interrupts))) return null;
      if (!(await confirm(`Cancel ${what}?`))) return null;
      await cancel(options);
      interrupts.reset();
    }
  } finally {
    interrupts.close();
  }
}

/** Null when it was interrupted. */
async function followUntilInterrupted(
  client: Client,
  job: string,
  view: JobView,
  interrupts: Interrupts,
): Promise<Ended | null> {
  const interrupted = new Error('interrupted');
  const abort = new AbortController();
  interrupts.onNext(() => abort.abort(interrupted));
  try {
    return await followToEnd(client, job, view, abort.signal);
  } catch (error) {
    if (error === interrupted) return null;
    throw error;
  }
}

/** Whether a second Ctrl-C comes in time; Enter ends the wait. */
function interruptedAgain(interrupts: Interrupts): Promise<boolean> {
  return new Promise(resolve => {
    const settle = (again: boolean) => {
      clearTimeout(timer);
      process.stdin.removeListener('data', onKey);
      process.stdin.pause();
      resolve(again);
    };
    const onKey = () => settle(false);
    const timer = setTimeout(() => settle(false), secondMs);
    process.stdin.once('data', onKey);
    process.stdin.resume();
    interrupts.onNext(() => settle(true));
  });
}

/** A job that has ended in the meantime needs no cancel: its end is shown next. */
async function cancel({ client, job, tell }: FollowOptions): Promise<void> {
  try {
    await client.call(routes.cancelJob, { params: { job: job.id } });
    tell('Asked to cancel; waiting for its end.');
  } catch (error) {
    if (!(error instanceof BerthError) || error.code !== 'illegal_transition') throw error;
  }
}
