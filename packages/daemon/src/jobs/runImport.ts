import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type AttemptResult, BERTH_VARIABLE, BerthError, type JsonValue } from '@berth/protocol';
import { type Configuration, plan, secretsOfValue, validate, writeVariables } from '@berth/terraform';
import { berthErrors } from '../engineErrors.js';
import { diagnosticEntry, diagnosticTitle } from '../logs/diagnosticEntry.js';
import { engineError } from './engineEnd.js';
import type { Finished } from './finished.js';
import { installKnown, runInit } from './installPlugins.js';
import type { JobContext, SpecOf } from './jobContext.js';
import { checkModules } from './policy.js';
import { runEngine } from './runEngine.js';
import { declarationsOf, lockedPlugins, readLockFile, readReadme } from './templateFindings.js';
import { unpackTemplate } from './unpackTemplate.js';
import { variableValues } from './variables.js';
import { lockFileDigest } from './warmTemplates.js';

type ImportJob = JobContext<SpecOf<'template_import'>>;
type ImportPlan = Pick<Extract<AttemptResult, { type: 'template_import' }>, 'plan' | 'planSkipped'>;

/**
 * Looks at a pushed template: whether it initialises and holds together, what it declares, which plugins it needs. Its
 * initialised folder is kept, so that the first build on this daemon need not do it again.
 *
 * @throws BerthError; Stopped
 */
export async function runImport(job: ImportJob): Promise<Finished> {
  const { work } = job.folder;
  job.enterPhase('fetch');
  const configuration = await job.step(() => unpackTemplate(job, work));
  lookAtValues(job, configuration);
  const readme = await readReadme(work);
  job.enterPhase('init');
  await job.step(() => initFresh(job));
  await checkModules(job, work);
  const lockFile = await readLockFile(work);
  // Before a plugin runs: it must not have the folder to write to in which the plugins of others are too.
  await job.step(() => keepWarm(job, configuration, lockFile));
  await job.step(() => checkTemplate(job));
  const planned = await job.step(() => planTemplate(job, configuration));
  job.enterPhase('store');
  const { name, version } = job.host.engine;
  const found = { ...declarationsOf(configuration), readme, lockFile, plugins: lockedPlugins(lockFile) };
  const result = { type: 'template_import' as const, engine: { name, version }, ...found, ...planned };
  return { error: null, state: null, unchanged: null, result };
}

/** What the push gave values to, and the backend of the template's own: said where the user reads. */
function lookAtValues(job: ImportJob, { variables, backend }: Configuration): void {
  const declared = new Map(variables.map(variable => [variable.name, variable]));
  for (const { name, value } of givenValues(job)) {
    const variable = declared.get(name);
    if (variable === undefined)
      job.say(`The template declares no variable '${name}': its value is not used.`, 'warning');
    else if (variable.sensitive) job.addSecrets(secretsOfValue(value));
  }
  if (backend === null) return;
  job.say(
    `The template's own '${backend.type}' backend (${backend.file}) is ignored: Berth keeps the state.`,
    'warning',
  );
}

/** A lock file of the template's own is kept to, and gets what is not in it. */
async function initFresh(job: ImportJob): Promise<void> {
  const { work } = job.folder;
  await installKnown(job, work);
  await runInit(job, work, false);
}

async function checkTemplate(job: ImportJob): Promise<void> {
  const { diagnostics, valid, end } = await berthErrors(runEngine(job, validate));
  for (const diagnostic of diagnostics) job.addEntry(diagnosticEntry(diagnostic));
  if (valid) return;
  const first = diagnostics.find(diagnostic => diagnostic.severity === 'error');
  if (first !== undefined) throw new BerthError('invalid_configuration', diagnosticTitle(first));
  throw engineError(job, 'validate', end) ?? new BerthError('invalid_configuration', 'the configuration is not valid');
}

/** Makes the initialised folder a warm directory, and the work directory a copy of it. */
async function keepWarm(job: ImportJob, configuration: Configuration, lockFile: string | null): Promise<void> {
  const { work } = job.folder;
  const template = { archive: job.spec.archive.digest, lockFile: lockFileDigest(lockFile) };
  const { directory } = await job.host.warm.openOrBuild(template, async files => {
    for (const name of await readdir(work)) await rename(join(work, name), join(files, name));
    return { variables: configuration.variables.map(({ name, sensitive }) => ({ name, sensitive })) };
  });
  job.onEnd(() => directory.release());
  // Not empty when another job had made the same warm directory before.
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { mode: 0o700 });
  job.show(directory.files);
  await directory.startFrom(work);
}

/** A plan needs a value for each variable; where one is missing, none is made. */
async function planTemplate(job: ImportJob, { variables }: Configuration): Promise<ImportPlan> {
  const given = givenValues(job);
  const names = new Set([BERTH_VARIABLE, ...given.map(variable => variable.name)]);
  const open = variables.filter(variable => !variable.hasDefault && !names.has(variable.name));
  if (open.length > 0) {
    const planSkipped = `no value is known for ${open.map(variable => `'${variable.name}'`).join(', ')}`;
    job.say(`No plan is made: ${planSkipped}.`);
    return { plan: null, planSkipped };
  }
  job.enterPhase('plan');
  writeVariables(
    job.folder.variables,
    variableValues(given, job.spec.berth),
    variables.map(variable => variable.name),
  );
  const end = await runEngine(job, operation => plan(operation));
  const error = engineError(job, 'plan', end);
  if (error !== null) throw error;
  const { add, change, remove } = end.summary ?? { add: 0, change: 0, remove: 0 };
  return { plan: { add, change, remove }, planSkipped: null };
}

/** Values that pin variables, and samples for the others. */
function givenValues(job: ImportJob): { name: string; value: JsonValue }[] {
  const samples = Object.entries(job.spec.samples).map(([name, value]) => ({ name, value }));
  return [...job.spec.variables.map(({ name, value }) => ({ name, value })), ...samples];
}
