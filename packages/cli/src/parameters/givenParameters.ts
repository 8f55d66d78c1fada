import {
  BerthError,
  type BuildParameter,
  findProblems,
  formatType,
  type ParameterProblem,
  type ParameterValues,
  PROTO_NAME,
  problemsError,
  readValue,
  type VariableDeclaration,
} from '@berth/protocol';
import type { ParameterFlags } from '../flags/parameters.js';

/**
 * The values that the flags give. What can only be told of their text is told here, with everything else that is wrong;
 * where all of it can be read, the coordinator judges it.
 *
 * @param before the parameters of the build before; none for a first build
 * @throws BerthError `invalid_parameter`, `invalid_request`; never with the value of a sensitive parameter
 */
export async function givenParameters(
  flags: ParameterFlags,
  open: readonly VariableDeclaration[],
  before: readonly BuildParameter[] = [],
): Promise<ParameterValues> {
  const path = flags['parameters-file'];
  const file: ParameterValues =
    path === undefined ? {} : await (await import('./valuesFile.js')).readValuesFile(path, '--parameters-file', open);
  const { values, unreadable } = readTexts(flags.parameter ?? [], open);
  const given = { ...file, ...values };
  if (unreadable.length === 0) return given;
  const known = [...unreadable, ...before.filter(({ isDefault, ephemeral }) => !isDefault && !ephemeral)];
  const others = (await findProblems(open, given)).filter(({ name }) => !known.some(one => one.name === name));
  throw problemsError([...unreadable, ...others], open);
}

/**
 * Reads `NAME=VALUE` texts by the types that the template declares. A name that it does not declare is kept as text: the
 * coordinator knows what to say about it.
 *
 * @throws BerthError `invalid_request`
 */
export function readTexts(
  texts: readonly string[],
  declared: readonly VariableDeclaration[],
): { values: ParameterValues; unreadable: ParameterProblem[] } {
  const values: ParameterValues = {};
  const unreadable: ParameterProblem[] = [];
  for (const text of texts) {
    const { name, value } = splitPair(text, '--parameter');
    const variable = declared.find(one => one.name === name);
    const read = variable === undefined ? { value } : readValue(variable.type, value);
    if ('value' in read) {
      values[name] = read.value;
      continue;
    }
    const hidden = variable?.sensitive === true || variable?.ephemeral === true;
    const error = hidden ? `the value is not a ${formatType(variable.type)}` : read.error;
    unreadable.push({ name, code: 'invalid_parameter', text: error });
  }
  return { values, unreadable };
}

/** @throws BerthError `invalid_request`, without the text: it may be a secret */
export function splitPair(text: string, flag: string): { name: string; value: string } {
  const at = text.indexOf('=');
  if (at < 1) throw new BerthError('invalid_request', `${flag} needs NAME=VALUE`);
  const name = text.slice(0, at);
  if (name === PROTO_NAME)
    throw new BerthError('invalid_request', `${flag}: no variable can be called '${PROTO_NAME}'`);
  return { name, value: text.slice(at + 1) };
}
