import { literalValue } from './condition/literal.js';
import { holdsProtoName, PROTO_NAME } from './protoName.js';
import { formatType, isNumber, type JsonValue, jsonValue, type TypeConstraint, typeError } from './typeConstraint.js';

/**
 * Reads what a person typed for a value of `type`: the text itself for a string, JSON or Terraform's own syntax for
 * everything else. Returns the error instead of throwing it, so that a prompt can show it.
 */
export function readValue(type: TypeConstraint, text: string): { value: JsonValue } | { error: string } {
  if (type === 'string') return { value: text };
  // Terraform counts with more digits than a double has: as a text they all arrive.
  if (type === 'number' && isNumber(text) && !isExactNumber(text)) return { value: text };
  if (text.includes(PROTO_NAME) && holdsProtoName(parsedJson(text) ?? literalValue(text))) {
    return { error: `'${PROTO_NAME}' cannot be a name in a value` };
  }
  let value = parsed(text) ?? (/^\s*[[{]/.test(text) ? literalValue(text) : undefined);
  if (value === undefined) {
    if (type !== 'dynamic') {
      const how = typeof type === 'string' ? '' : ' (write it as JSON)';
      return { error: `'${text}' is not a ${formatType(type)}${how}` };
    }
    value = text;
  }
  const error = typeError(type, value, `'${text}'`);
  return error === null ? { value } : { error };
}

/** Undefined for what is no JSON. */
function parsed(text: string): JsonValue | undefined {
  return jsonValue.safeParse(parsedJson(text)).data;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a double gives back the digits that were written. */
export function isExactNumber(text: string): boolean {
  const digits = text.replace(/[eE].*$/, '').replace(/^[+-]?0*|\.|0*$/g, '');
  return digits.length <= 15;
}
