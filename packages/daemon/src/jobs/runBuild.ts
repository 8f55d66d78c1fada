import { BerthError, limits } from '@berth/protocol';
import { apply, chooseFinalState, type FinalState, type OperationEnd, SnapshotWatcher } from '@berth/terraform';
import { Stopped } from '../attempts/stopLever.js';
import { buildResult } from './buildResult.js';
import { engineError } from './engineEnd.js';
import type { Finished } from './finished.js';
import type { JobContext, SpecOf } from './jobContext.js';
import { prepareWork } from './prepareWork.js';
import { runEngine } from './runEngine.js';
import { SnapshotUploads } from './snapshotUploads.js';
import { writeJobVariables } from './variables.js';

export type BuildJob = JobContext<SpecOf<'workspace_build'>>;

/**
 * Builds a workspace: one apply in a copy of the version's warm directory, with the state beside it.
 *
 * @throws BerthError when nothing was changed; Stopped
 */
export async function runBuild(job: BuildJob): Promise<Finished> {
  job.enterPhase('fetch');
  // Begun now, since it takes a while, and looked at when it is needed.
  const noted = job.control.gateOpen ? job.noteApply() : null;
  noted?.catch(() => undefined);
  const notes = await job.step(() => prepareWork(job, job.spec.state));
  writeJobVariables(job, notes.variables);
  await job.step(() => passGate(job));
  // On the disk before the engine is started: without it the attempt could be given to another.
  await (noted ?? job.noteApply());
  job.lever.throwIfPulled();
  job.enterPhase('apply');
  const prepared = await job.prepared;
  const end = await withSnapshots(job, () => {
    job.applyStarted = true;
    const destroy = job.spec.transition === 'delete';
    return runEngine(job, operation => apply(operation, destroy, prepared?.supervisor), true);
  });
  return finishBuild(job, end);
}

async function passGate(job: BuildJob): Promise<void> {
  if (await job.control.passGate()) return;
  job.lever.throwIfPulled();
  job.lever.pull('canceled', 'soft');
  throw new Stopped('canceled');
}

/** Takes snapshots of the state while the apply runs, and sends them. */
export async function withSnapshots(job: BuildJob, work: () => Promise<OperationEnd>): Promise<OperationEnd> {
  const uploads = new SnapshotUploads(job);
  const watcher = new SnapshotWatcher({
    state: job.folder.state,
    kept: job.folder.keptState,
    initialSha256: job.spec.state?.digest ?? null,
    onSnapshot: snapshot => uploads.add(snapshot),
    onError: error => job.logger.warn({ err: error }, 'a snapshot could not be kept'),
  });
  watcher.start();
  try {
    return await work();
  } finally {
    await watcher.stop();
    await uploads.stop();
  }
}

/** From here on nobody can stop the attempt: what the engine did must be kept. */
export async function finishBuild(job: BuildJob, end: OperationEnd): Promise<Finished> {
  job.enterPhase('store');
  const { spec, folder, host } = job;
  const choice = await chooseFinalState(folder, folder.run('apply'), {
    succeeded: end.succeeded,
    lineage: spec.state?.lineage ?? null,
  });
  const { chosen } = choice;
  const damaged = choice.rejected.some(({ why }) => why !== 'missing' && why !== 'older');
  if (damaged) job.say(choice.reason, 'warning');
  const error = engineError(job, 'apply', end) ?? stateError(chosen, damaged);
  if (chosen === null) {
    return { error, state: null, unchanged: null, result: error === null ? buildResult(host.engine, null) : null };
  }
  return { error, ...finalState(job, chosen), result: buildResult(host.engine, chosen.contents) };
}

function stateError(chosen: FinalState | null, damaged: boolean): BerthError | null {
  if (chosen === null) {
    return damaged ? new BerthError('state_unusable', 'the apply succeeded, but its state cannot be used') : null;
  }
  if (chosen.contents.sizeBytes <= limits.stateBytes) return null;
  return new BerthError('limit_exceeded', `the state is larger than ${limits.stateBytes / 1024 ** 2} MiB`);
}

function finalState(job: BuildJob, { path, contents }: FinalState): Pick<Finished, 'state' | 'unchanged'> {
  const { sha256: digest, sizeBytes, serial, lineage } = contents;
  if (sizeBytes > limits.stateBytes) {
    job.keepFolder('its state is too large to be sent');
    return { state: null, unchanged: null };
  }
  const file = { path, digest, sizeBytes, serial, lineage };
  return digest === job.spec.state?.digest ? { state: null, unchanged: file } : { state: file, unchanged: null };
}
