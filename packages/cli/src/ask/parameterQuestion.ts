import {
  formatType,
  type JsonValue,
  parameterError,
  readValue,
  type VariableDeclaration,
  validationError,
} from '@berth/protocol';

/** What is asked for one open variable of a template. */
interface ParameterQuestion {
  message: string;
  /** The default as it would be typed; null for none. */
  defaultText: string | null;
  sensitive: boolean;
}

/** What an answer means: a value, or that the default stays (nothing is sent then). */
type ParameterAnswer = { value: JsonValue } | { keepDefault: true } | { error: string };

export function parameterQuestion(variable: VariableDeclaration): ParameterQuestion {
  const type = typeof variable.type === 'string' ? formatType(variable.type) : `${formatType(variable.type)}, as JSON`;
  const description = variable.description === null ? '' : ` – ${variable.description}`;
  return {
    message: `${variable.name} (${type})${description}:`,
    defaultText: variable.hasDefault ? writeValue(variable.type, variable.default) : null,
    sensitive: variable.sensitive || variable.ephemeral,
  };
}

/**
 * Reads what was typed. Enter alone keeps the default where there is one; `""` is the empty text. The messages of
 * `validation` blocks are shown where they can be judged without Terraform.
 */
export async function readParameterAnswer(variable: VariableDeclaration, text: string): Promise<ParameterAnswer> {
  if (text === '') {
    if (variable.hasDefault) return { keepDefault: true };
    return { error: variable.type === 'string' ? 'A value is needed ("" for an empty one).' : 'A value is needed.' };
  }
  const read = readValue(variable.type, variable.type === 'string' && text === '""' ? '' : text);
  if ('error' in read) return read;
  const error = parameterError(variable, read.value) ?? (await validationError(variable, read.value));
  return error === null ? read : { error };
}

/** A value as a person would type it: the bare text of a string, JSON for everything else. */
export function writeValue(type: VariableDeclaration['type'], value: JsonValue): string {
  return type === 'string' && typeof value === 'string' ? value : JSON.stringify(value);
}
