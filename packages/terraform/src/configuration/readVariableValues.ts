import { TerraformError } from '../errors.js';
import { type JsonValue, jsonValue } from '../jsonValue.js';
import { convertHcl } from './hclProcess.js';
import { nativeValue } from './readVariables.js';
import { hclErrors } from './syntaxErrors.js';

/**
 * Reads a file of variable values in the engine's own syntax (`.tfvars`).
 *
 * @param file what errors call it
 * @throws TerraformError `invalid_configuration` where it is not of that syntax, or computes what only the engine could;
 *   `configuration_unreadable`
 */
export async function readVariableValues(file: string, text: string): Promise<Record<string, JsonValue>> {
  const name = 'values.tfvars';
  const { files, expressions } = await convertHcl([{ name, text }], []);
  const [result] = files;
  if (result === undefined || 'error' in result) {
    const [first] = hclErrors(name, result?.error ?? '');
    const place = first?.line == null ? file : `${file} line ${first.line}`;
    throw new TerraformError('invalid_configuration', `${place}: ${first?.summary ?? 'it cannot be read'}`);
  }
  const values: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(result.content ?? {})) {
    const known = nativeValue(jsonValue.parse(value), expressions);
    if (known === undefined) {
      throw new TerraformError('invalid_configuration', `${file}: the value of '${key}' is no constant`);
    }
    values[key] = known;
  }
  return values;
}
