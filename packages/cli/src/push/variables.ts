import { type JsonValue, jsonValue, type ParameterValues, readValue, type VariableDeclaration } from '@berth/protocol';
import { splitPair } from '../parameters/givenParameters.js';

/**
 * Reads the `NAME=VALUE` texts of a push. The version that is pushed has not been read yet, so a value is typed by the
 * declarations of the version before it where they name it; else only lists and objects are taken as JSON, because
 * Terraform itself makes numbers and booleans of texts, and a text such as `007` must stay what it is.
 *
 * @throws BerthError `invalid_parameter`, `invalid_request`
 */
export function readVariables(texts: readonly string[], before: readonly VariableDeclaration[]): ParameterValues {
  const values: ParameterValues = {};
  for (const text of texts) {
    const { name, value } = splitPair(text, '--variable');
    const declared = before.find(variable => variable.name === name);
    const read = declared === undefined ? null : readValue(declared.type, value);
    // The type may be another in the new version: what does not fit the old one is judged by the import.
    values[name] = read !== null && 'value' in read ? read.value : guess(value);
  }
  return values;
}

function guess(text: string): JsonValue {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return jsonValue.parse(JSON.parse(text));
  } catch {
    // A text that only begins like a list or an object.
    return text;
  }
}
