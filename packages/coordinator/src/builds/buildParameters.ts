import {
  BerthError,
  checkParameters,
  findProblems,
  limits,
  nearestName,
  type ParameterValues,
  problemsError,
  type VariableDeclaration,
  type VariableValue,
  valueNamed,
} from '@berth/protocol';
import type { BuildRecord } from '@berth/store';
import type { ImportedVersion } from '../views/versionCache.js';
import { pinnedError } from './importChecks.js';

/** What a request changes of the parameters of the build before. */
interface ParameterChange {
  parameters: ParameterValues;
  /** Names of parameters that go back to their default. */
  reset: readonly string[];
}

/** The values of a build. Parameters left at their default are not among them, so that they follow the template's. */
interface BuildValues {
  /** Kept from build to build. */
  parameters: VariableValue[];
  /** Of ephemeral variables: for this build alone. */
  passing: VariableValue[];
}

/**
 * The values of a workspace's next build. What is as it was is not judged again: nothing may stand in the way of
 * stopping or deleting a workspace that was once built so.
 *
 * @throws BerthError as {@link buildParameters}
 */
export async function nextParameters(
  version: ImportedVersion,
  latest: Pick<BuildRecord, 'version' | 'parameters'>,
  change: ParameterChange,
): Promise<BuildValues> {
  const ephemeral = version.open.filter(variable => variable.ephemeral);
  const isEphemeral = (name: string) => ephemeral.some(variable => variable.name === name);
  const given = Object.entries(change.parameters);
  const changes = given.some(([name]) => !isEphemeral(name)) || change.reset.length > 0;
  if (latest.version.id !== version.id || changes) return buildParameters(version, latest.parameters, change);
  await checkParameters(ephemeral, change.parameters);
  const parameters = latest.parameters.filter(({ name }) => !isEphemeral(name));
  return { parameters, passing: valuesOf(ephemeral, change.parameters) };
}

/**
 * The values of a new build: those of the build before which the version still has, less what is reset, with what is
 * given.
 *
 * @param kept the parameters of the build before; none for a first build
 * @throws BerthError `unknown_parameter`, `invalid_parameter`, `missing_parameter`, `limit_exceeded`
 */
export async function buildParameters(
  version: ImportedVersion,
  kept: readonly VariableValue[],
  change: ParameterChange,
): Promise<BuildValues> {
  const wrong = pinnedError(version.declared, version.pinned);
  if (wrong !== null) throw wrong;
  checkReset(version.open, change.reset);
  const before = keptValues(version.open, kept, change);
  const values: ParameterValues = { ...before, ...change.parameters };
  await check(version.open, values, Object.keys(before));
  checkSize({ ...version.pinned, ...values });
  return {
    parameters: valuesOf(
      version.open.filter(variable => !variable.ephemeral),
      values,
    ),
    passing: valuesOf(
      version.open.filter(variable => variable.ephemeral),
      values,
    ),
  };
}

/** Those of these variables that have a value. Null for one that takes none is its default, as it is to Terraform. */
function valuesOf(variables: readonly VariableDeclaration[], values: ParameterValues): VariableValue[] {
  return variables.flatMap(({ name, nullable, sensitive, ephemeral }) => {
    const value = valueNamed(values, name);
    if (value === undefined || (value === null && !nullable)) return [];
    return [{ name, value, sensitive: sensitive || ephemeral }];
  });
}

/** @param kept names of the values that nobody gave now */
async function check(
  open: readonly VariableDeclaration[],
  values: ParameterValues,
  kept: readonly string[],
): Promise<void> {
  const problems = (await findProblems(open, values)).map(problem =>
    kept.includes(problem.name)
      ? { ...problem, text: `${problem.text}; give another value than that of the build before` }
      : problem,
  );
  if (problems.length > 0) throw problemsError(problems, open);
}

function keptValues(
  open: readonly VariableDeclaration[],
  kept: readonly VariableValue[],
  { parameters, reset }: ParameterChange,
): ParameterValues {
  const lasting = new Set(open.flatMap(variable => (variable.ephemeral ? [] : [variable.name])));
  const still = kept.filter(
    ({ name }) => lasting.has(name) && valueNamed(parameters, name) === undefined && !reset.includes(name),
  );
  return Object.fromEntries(still.map(({ name, value }) => [name, value]));
}

function checkReset(open: readonly VariableDeclaration[], reset: readonly string[]): void {
  const unknown = reset.filter(name => !open.some(variable => variable.name === name));
  if (unknown.length === 0) return;
  const names = unknown.map(name => `'${name}'`).join(', ');
  const all = open.map(variable => variable.name);
  const text = (name: string) => {
    const nearest = nearestName(name, all);
    return nearest === null ? 'unknown' : `unknown; did you mean '${nearest}'?`;
  };
  throw new BerthError('unknown_parameter', `the template has no parameter ${names}`, {
    fields: Object.fromEntries(unknown.map(name => [`reset.${name}`, text(name)])),
  });
}

/** All values travel to the daemon in one message, the pinned ones, too. */
export function checkSize(values: ParameterValues): void {
  if (Buffer.byteLength(JSON.stringify(values)) <= limits.variablesBytes) return;
  throw new BerthError('limit_exceeded', `the values are larger than ${limits.variablesBytes / 1024} KiB together`);
}
