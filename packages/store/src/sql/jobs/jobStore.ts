import type { JobStore, LogStore } from '../../contract/jobs.js';
import type { StoreContext } from '../context.js';
import { appendLog } from '../logs/append.js';
import { readBatches, readLog } from '../logs/read.js';
import { LaneCache } from '../queue/lanes.js';
import { attemptByToken, attemptInput } from './attempts.js';
import { beat } from './beat.js';
import { requestCancel } from './cancel.js';
import { claim } from './claim.js';
import { expire, overdue } from './expire.js';
import { release } from './giveUp.js';
import { heartbeat, setPhase } from './heartbeat.js';
import { jobById, listJobs, position } from './lists.js';
import { notStarted } from './notStarted.js';
import { accept, handBack, openGate, withdrawOffer } from './offers.js';
import { reap } from './reap.js';
import { saveSalvage } from './salvage.js';
import { settle } from './settle.js';
import { saveResult, saveSnapshot } from './uploads.js';

/** Jobs: each operation in a file of its own. */
export function jobStore(context: StoreContext): JobStore {
  const lanes = new LaneCache();
  return {
    byId: id => jobById(context, id),
    list: (filter, page) => listJobs(context, filter, page),
    claim: (daemon, offerMs) => claim(context, lanes, daemon, offerMs),
    withdrawOffer: ref => withdrawOffer(context, ref),
    accept: (ref, terms) => accept(context, ref, terms),
    openGate: ref => openGate(context, ref),
    heartbeat: (daemonId, attempts, leaseMs) => heartbeat(context, daemonId, attempts, leaseMs),
    setPhase: (ref, phase) => setPhase(context, ref, phase),
    handBack: (ref, reason) => handBack(context, ref, reason),
    notStarted: (ref, by, reason, lost) => notStarted(context, ref, by, reason, lost),
    settle: (ref, outcome, attached) => settle(context, ref, outcome, attached),
    requestCancel: jobId => requestCancel(context, jobId),
    release: (jobId, by) => release(context, jobId, by),
    reap: what => reap(context, what),
    beat: with_ => beat(context, with_),
    overdue: maxPendingMs => overdue(context, maxPendingMs),
    expire: (jobId, why) => expire(context, jobId, why),
    attemptInput: jobId => attemptInput(context, jobId),
    attemptByToken: tokenHash => attemptByToken(context, tokenHash),
    saveResult: (ref, result) => saveResult(context, ref, result),
    saveSnapshot: (ref, state) => saveSnapshot(context, ref, state),
    saveSalvage: (ref, state) => saveSalvage(context, ref, state),
    position: jobId => position(context, jobId),
  };
}

export function logStore(context: StoreContext): LogStore {
  return {
    append: (ref, entries) => appendLog(context, ref, entries),
    read: (jobId, after, limit) => readLog(context, jobId, after, limit),
    readBatches: (jobId, after, atLeast) => readBatches(context, jobId, after, atLeast),
  };
}
