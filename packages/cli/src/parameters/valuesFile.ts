import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { BerthError, type ParameterValues, parameterValues, type VariableDeclaration } from '@berth/protocol';
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
    return readTfvars(path, text);
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
  const values = parameterValues.safeParse(await withTexts(document, strings));
  if (values.success) return values.data;
  throw new BerthError('invalid_request', `${path} must hold one object of variable names and values`);
}

async function contentOf(path: string, flag: string): Promise<string> {
  if (path === '-') return readAll(process.stdin);
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new BerthError('invalid_request', `cannot read ${flag} ${path}`, { cause });
  }
}

async function withTexts(document: Document, strings: readonly string[]): Promise<unknown> {
  const { isMap, isScalar } = await import('yaml');
  const { contents } = document;
  if (!isMap(contents)) return document.toJS();
  for (const { key, value } of contents.items) {
    const isText = isScalar(key) && isScalar(value) && strings.includes(String(key.value));
    if (isText && typeof value.value !== 'string' && value.value !== null) value.value = value.source;
  }
  return document.toJS();
}
