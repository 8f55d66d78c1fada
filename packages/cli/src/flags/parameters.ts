import { BerthError, type ParameterValues, readValue, type VariableDeclaration } from '@berth/protocol';
import { Flags } from '@oclif/core';

export const parameterFlag = Flags.string({
  char: 'p',
  multiple: true,
  multipleNonGreedy: true,
  summary: 'Value of a parameter, as NAME=VALUE; lists, maps and objects as JSON (repeat it for more)',
  helpValue: 'NAME=VALUE',
});

export const resetFlag = Flags.string({
  multiple: true,
  multipleNonGreedy: true,
  summary: 'Parameter that goes back to its default (repeat it for more)',
  helpValue: 'NAME',
});

/**
 * Reads `NAME=VALUE` texts by the types that the template declares. A name that it does not declare is kept as text: the
 * coordinator knows what to say about it.
 *
 * @throws BerthError `invalid_parameter`, `invalid_request`; never with the value of a sensitive parameter
 */
export function readParameters(
  texts: readonly string[],
  declared: readonly VariableDeclaration[],
  flag = '--parameter',
): ParameterValues {
  const values: ParameterValues = {};
  for (const text of texts) {
    const { name, value } = splitPair(text, flag);
    const variable = declared.find(one => one.name === name);
    const read = variable === undefined ? { value } : readValue(variable.type, value);
    if ('error' in read) {
      const error = variable?.sensitive ? `the value is not a ${JSON.stringify(variable.type)}` : read.error;
      throw new BerthError('invalid_parameter', `parameter '${name}': ${error}`, {
        fields: { [`parameters.${name}`]: error },
      });
    }
    values[name] = read.value;
  }
  return values;
}

/** @throws BerthError `invalid_request`, without the text: it may be a secret */
export function splitPair(text: string, flag: string): { name: string; value: string } {
  const at = text.indexOf('=');
  if (at < 1) throw new BerthError('invalid_request', `${flag} needs NAME=VALUE`);
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}
