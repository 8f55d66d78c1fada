import { existsSync } from 'node:fs';
import { attach, bootId, followRun, holdsRun, type OperationEnd } from '@berth/terraform';
import type { JournalContents } from '../journal/readJournal.js';
import type { Finished } from './finished.js';
import type { JobContext } from './jobContext.js';
import { type BuildJob, finishBuild, withSnapshots } from './runBuild.js';
import { lockFileDigest } from './warmTemplates.js';

/**
 * Goes on with a build whose apply an earlier process has started: follows the engine while it runs, or takes what was
 * recorded of its end.
 *
 * @returns null when no engine was started after all
 */
export async function resumeBuild(job: BuildJob, left: JournalContents): Promise<Finished | null> {
  job.log.phase = 'apply';
  job.applyStarted = true;
  await holdWarm(job);
  const end = await withSnapshots(job, () => followApply(job));
  // Where the machine has fallen since, the files may be older than the journal: then only the journal counts.
  const proven = left.bootId === bootId() && end.exit.code === null && !existsSync(job.folder.run('apply').pids);
  return proven ? null : finishBuild(job, end);
}

/**
 * Ends a build that the daemon can follow no more, because something in itself failed: by the stop ladder, so that the
 * engine has ended before anybody is told so.
 */
export async function endBuild(job: BuildJob): Promise<Finished> {
  const run = job.folder.run('apply');
  if (!holdsRun(run)) return finishBuild(job, nothingKnown);
  const handle = attach(run);
  job.holdRun(handle);
  try {
    if (!handle.isStopping()) handle.stop();
    const exit = await handle.exited;
    return await finishBuild(job, { ...nothingKnown, exit, rungs: handle.rungs() });
  } finally {
    job.releaseRun();
    handle.close();
  }
}

/** The plugins of the work directory are links into the warm one, which must not be pruned. */
async function holdWarm(job: JobContext): Promise<void> {
  const { host, spec } = job;
  const warm = await host.warm.open({ archive: spec.archive.digest, lockFile: lockFileDigest(spec.lockFile) });
  if (warm !== null) job.onEnd(() => warm.directory.release());
}

async function followApply(job: BuildJob): Promise<OperationEnd> {
  const { folder, log } = job;
  const run = folder.run('apply');
  if (!holdsRun(run)) return nothingKnown;
  const { followed, firstError, lastSummary } = log.found;
  const handle = attach(run);
  job.holdRun(handle);
  try {
    const end = await followRun(handle, {
      variablesFile: folder.variables,
      redactor: job.redactor,
      from: followed,
      onEvents: (events, at) => job.onEvents(events, at),
    });
    const errors = firstError === null ? end.errors : [{ ...firstError, values: [] }, ...end.errors];
    const summary = end.summary ?? (lastSummary === null ? null : { ...lastSummary, import: 0 });
    const applied = summary !== null && summary.operation !== 'plan';
    return { ...end, errors, summary, succeeded: end.exit.code === null ? applied : end.succeeded };
  } finally {
    job.releaseRun();
    handle.close();
  }
}

/** The machine has fallen before anything of the run was on its disk. */
const nothingKnown: OperationEnd = {
  exit: { code: null },
  succeeded: false,
  rungs: [],
  errors: [],
  summary: null,
  changes: [],
};
