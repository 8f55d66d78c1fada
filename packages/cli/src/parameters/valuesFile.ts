import { readFile } from 'node:fs/promises';
import { buffer as readAll } from 'node:stream/consumers';
import {
  BerthError,
  holdsProtoName,
  isExactNumber,
  isNumber,
  type ParameterValues,
  PROTO_NAME,
  parameterValues,
  type VariableDeclaration,
} from '@berth/protocol';
import type { Document } from 'yaml';

/**
 * Reads a file of values by name: Terraform's own syntax where its name ends in `.tfvars`, else JSON or YAML; `-` is
 * standard input. A plain YAML value of a variable that is declared a string is its text: `1.10` is no number then.
 *
 * @param flag that named the file
 * @throws BerthError `invalid_request`, `invalid_configuration`; never with a value
 */
export async function readValuesFile(
  path: string,
  flag: string,
  declared: readonly VariableDeclaration[] = [],
): Promise<ParameterValues> {
  const text = await contentOf(path, flag);
  if (path.endsWith('.tfvars')) {
    const { readTfvars } = await import('@berth/daemon/variablesFile');
    return withoutProtoName(path, await readTfvars(path, text));
  }
  const { parseDocument } = await import('yaml');
  // JSON is YAML too.
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) {
    const [reason = ''] = error.message.split('\n');
    throw new BerthError('invalid_request', `${path} is neither JSON nor YAML: ${reason.replace(/:$/, '')}`);
  }
  const strings = declared.flatMap(({ name, type }) => (type === 'string' ? [name] : []));
  const values = parameterValues.safeParse(withoutProtoName(path, await withTexts(document, strings, path)));
  if (values.success) return values.data;
  throw new BerthError('invalid_request', `${path} must hold one object of variable names and values`);
}

function withoutProtoName<T>(path: string, values: T): T {
  if (!holdsProtoName(values)) return values;
  throw new BerthError('invalid_request', `${path}: '${PROTO_NAME}' cannot be a name in it`);
}

async function contentOf(path: string, flag: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = path === '-' ? await readAll(process.stdin) : await readFile(path);
  } catch (cause) {
    throw new BerthError('invalid_request', `cannot read ${flag} ${path}`, { cause });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new BerthError('invalid_request', `${path} is not UTF-8 text`, { cause });
  }
}

/** The values, with what a person wrote where a number would not be the same: as texts, which Terraform makes numbers of. */
async function withTexts(document: Document, strings: readonly string[], path: string): Promise<unknown> {
  const { isMap, isScalar, visit } = await import('yaml');
  const { contents } = document;
  if (isMap(contents)) {
    for (const { key, value } of contents.items) {
      const isText = isScalar(key) && isScalar(value) && strings.includes(String(key.value));
      if (isText && typeof value.value !== 'string' && value.value !== null) value.value = value.source;
    }
  }
  visit(document, {
    Scalar(key, scalar) {
      const { value, source } = scalar;
      if (key === 'key' || typeof value !== 'number' || source === undefined) return;
      if (isNumber(source) && !isExactNumber(source)) scalar.value = source;
    },
  });
  try {
    return document.toJS();
  } catch (cause) {
    // An alias of nothing, or aliases of aliases without end.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BerthError('invalid_request', `${path} cannot be read: ${reason}`, { cause });
  }
}
