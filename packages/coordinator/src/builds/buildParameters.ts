import {
  BerthError,
  checkParameters,
  checkValidations,
  limits,
  type ParameterValues,
  type VariableDeclaration,
  type VariableValue,
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

/**
 * The parameters of a workspace's next build. What is as it was is not judged again: nothing may stand in the way of
 * stopping or deleting a workspace that was once built so.
 *
 * @throws BerthError as {@link buildParameters}
 */
export async function nextParameters(
  version: ImportedVersion,
  latest: Pick<BuildRecord, 'version' | 'parameters'>,
  change: ParameterChange,
): Promise<VariableValue[]> {
  const changes = Object.keys(change.parameters).length > 0 || change.reset.length > 0;
  if (latest.version.id === version.id && !changes) return latest.parameters;
  return buildParameters(version, latest.parameters, change);
}

/**
 * The parameters of a new build: those of the build before which the version still has, less what is reset, with what is
 * given. Parameters left at their default are not among them, so that they follow the template's default.
 *
 * @param kept the parameters of the build before; none for a first build
 * @throws BerthError `unknown_parameter`, `invalid_parameter`, `missing_parameter`, `limit_exceeded`
 */
export async function buildParameters(
  version: ImportedVersion,
  kept: readonly VariableValue[],
  change: ParameterChange,
): Promise<VariableValue[]> {
  const wrong = pinnedError(version.declared, version.pinned);
  if (wrong !== null) throw wrong;
  checkReset(version.open, change.reset);
  const open = new Map(version.open.map(variable => [variable.name, variable]));
  const values: ParameterValues = { ...keptValues(open, kept, change.reset), ...change.parameters };
  checkParameters(version.open, values);
  await checkValidations(version.open, values);
  checkSize({ ...version.pinned, ...values });
  return Object.entries(values).map(([name, value]) => {
    return { name, value, sensitive: open.get(name)?.sensitive ?? true };
  });
}

function keptValues(
  open: ReadonlyMap<string, VariableDeclaration>,
  kept: readonly VariableValue[],
  reset: readonly string[],
): ParameterValues {
  const still = kept.filter(({ name }) => open.has(name) && !reset.includes(name));
  return Object.fromEntries(still.map(({ name, value }) => [name, value]));
}

function checkReset(open: readonly VariableDeclaration[], reset: readonly string[]): void {
  const unknown = reset.filter(name => !open.some(variable => variable.name === name));
  if (unknown.length === 0) return;
  const names = unknown.map(name => `'${name}'`).join(', ');
  throw new BerthError('unknown_parameter', `the template has no parameter ${names}`, {
    fields: Object.fromEntries(unknown.map(name => [`reset.${name}`, 'unknown'])),
  });
}

/** All values travel to the daemon in one message, the pinned ones, too. */
export function checkSize(values: ParameterValues): void {
  if (Buffer.byteLength(JSON.stringify(values)) <= limits.variablesBytes) return;
  throw new BerthError('limit_exceeded', `the values are larger than ${limits.variablesBytes / 1024} KiB together`);
}
