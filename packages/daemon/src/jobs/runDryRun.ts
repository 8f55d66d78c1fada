import { plan } from '@berth/terraform';
import { engineError } from './engineEnd.js';
import type { Finished } from './finished.js';
import type { JobContext, SpecOf } from './jobContext.js';
import { prepareWork } from './prepareWork.js';
import { runEngine } from './runEngine.js';
import { writeJobVariables } from './variables.js';

/**
 * Says what a build would change, and changes nothing.
 *
 * @throws BerthError; Stopped
 */
export async function runDryRun(job: JobContext<SpecOf<'template_dry_run'>>): Promise<Finished> {
  job.enterPhase('fetch');
  const notes = await job.step(() => prepareWork(job, job.spec.state));
  writeJobVariables(job, notes.variables);
  job.enterPhase('plan');
  const destroy = job.spec.transition === 'delete';
  const end = await job.step(() => runEngine(job, operation => plan(operation, destroy)));
  const error = engineError(job, 'plan', end);
  if (error !== null) throw error;
  job.enterPhase('store');
  const { name, version } = job.host.engine;
  const { add, change, remove } = end.summary ?? { add: 0, change: 0, remove: 0 };
  const changes = end.changes.map(({ address, action, reason }) => ({ address, action, reason }));
  const result = {
    type: 'template_dry_run' as const,
    engine: { name, version },
    plan: { add, change, remove },
    changes,
  };
  return { error: null, state: null, unchanged: null, result };
}
