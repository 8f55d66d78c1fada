import { type AttemptFolder, attach, holdsRun, isAlive, type ProcessIdentity, type RunFolder } from '@berth/terraform';

/**
 * Kills what an earlier process has left running of an attempt and what can change nothing (an init, a plan), and waits
 * until it has ended: it is of no use any more. An apply is left alone.
 */
export async function endIdleRuns(folder: AttemptFolder): Promise<void> {
  const apply = folder.run('apply').path;
  const idle = folder.listRuns().filter(run => run.path !== apply && holdsRun(run));
  await Promise.all(idle.map(endRun));
}

async function endRun(folder: RunFolder): Promise<void> {
  const run = attach(folder);
  try {
    // For the case that its processes are not recorded yet.
    run.stopHard();
    const pids = run.pids();
    if (pids !== null) {
      killGroup(pids.child);
      killGroup(pids.engine);
    }
    await run.exited;
  } finally {
    run.close();
  }
}

/** The engine, and the sandbox around it, lead a group each. */
function killGroup(leader: ProcessIdentity): void {
  if (!isAlive(leader)) return;
  try {
    process.kill(-leader.pid, 'SIGKILL');
  } catch {
    // It has ended in this moment, or leads no group: what surrounds it takes it along.
  }
}
