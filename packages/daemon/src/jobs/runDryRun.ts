import { type AttemptResult, BERTH_VARIABLE, type BerthVariable, type PlannedChange } from '@berth/protocol';
import { type AttributeChange, type OperationEnd, plan, showPlan } from '@berth/terraform';
import { engineError } from './engineEnd.js';
import type { Finished } from './finished.js';
import type { JobContext, SpecOf } from './jobContext.js';
import { prepareWork } from './prepareWork.js';
import { runEngine } from './runEngine.js';
import { variableValues, writeJobVariables, writeValues } from './variables.js';
import type { WarmNotes } from './warmTemplates.js';

type DryRunJob = JobContext<SpecOf<'template_dry_run'>>;

/** In the work directory, which goes with the attempt; sorted behind the template's own files. */
const PLAN_FILE = '~berth.tfplan';

/**
 * Says what a build would change, and changes nothing.
 *
 * @throws BerthError; Stopped
 */
export async function runDryRun(job: DryRunJob): Promise<Finished> {
  job.enterPhase('fetch');
  const notes = await job.step(() => prepareWork(job, job.spec.state));
  writeJobVariables(job, notes.variables);
  job.enterPhase('plan');
  const destroy = job.spec.transition === 'delete';
  const end = await job.step(() => runEngine(job, operation => plan(operation, { destroy, file: PLAN_FILE })));
  const error = engineError(job, 'plan', end);
  if (error !== null) throw error;
  const attributes = await job.step(() => attributesOf(job, end));
  const gone = await job.step(() => destroyedByStop(job, notes, end));
  job.enterPhase('store');
  const { name, version } = job.host.engine;
  const { add, change, remove } = end.summary ?? { add: 0, change: 0, remove: 0 };
  const changes = end.changes.map(({ address, action, reason, previousAddress }): PlannedChange => {
    const losing = action === 'replace' || action === 'delete';
    return {
      ...{ address, action, reason, previousAddress },
      attributes: attributes.get(address) ?? [],
      destroyedByStop: gone === null || !losing ? null : gone.has(address),
    };
  });
  const result: AttemptResult = {
    type: 'template_dry_run',
    engine: { name, version },
    plan: { add, change, remove },
    changes,
  };
  return { error: null, state: null, unchanged: null, result };
}

/** The engine is asked only where it would have something to tell. */
async function attributesOf(job: DryRunJob, end: OperationEnd): Promise<Map<string, AttributeChange[]>> {
  if (!end.changes.some(({ action }) => action === 'update' || action === 'replace')) return new Map();
  const found = await runEngine(job, operation => showPlan(operation, PLAN_FILE, text => job.redact(text)));
  if (found === null) job.say('What changes in the resources could not be read from the plan.', 'warning');
  return found ?? new Map();
}

/**
 * The resources that a stop by this version would destroy, asked for when a start would destroy or replace any: a second
 * plan, with `berth` as a stop has it, on the state alone. Null when it is not known.
 */
async function destroyedByStop(
  job: DryRunJob,
  { variables }: WarmNotes,
  end: OperationEnd,
): Promise<ReadonlySet<string> | null> {
  const { spec } = job;
  const losing = end.changes.some(({ action }) => action === 'replace' || action === 'delete');
  if (spec.transition !== 'start' || spec.state === null || !losing) return null;
  // Without it a template cannot tell a stop from a start, and destroys nothing at a stop.
  if (!variables.some(({ name }) => name === BERTH_VARIABLE)) return new Set();
  const stopped: BerthVariable = { ...spec.berth, transition: 'stop', start_count: 0 };
  writeValues(job, variables, variableValues(spec.variables, stopped));
  const stop = await runEngine(job, operation =>
    plan({ ...operation, onEvents: () => undefined }, { stateAlone: true }),
  );
  if (!stop.succeeded) return null;
  return new Set(stop.changes.flatMap(({ action, address }) => (action === 'delete' ? [address] : [])));
}
