import { readFile } from 'node:fs/promises';
import { BerthError, type Placement, placement } from '@berth/protocol';

/**
 * Reads how workspaces are placed: one object, as JSON or YAML.
 *
 * @throws BerthError `invalid_request` naming the file and what is wrong in it
 */
export async function readPlacement(path: string | undefined): Promise<Placement | undefined> {
  if (path === undefined) return undefined;
  const refuse = (problem: string, cause?: unknown) => {
    return new BerthError('invalid_request', `the placement file ${path} ${problem}`, { cause });
  };
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw refuse('cannot be read', cause);
  });
  const { parse } = await import('yaml');
  let content: unknown;
  try {
    // JSON is YAML too.
    content = parse(text);
  } catch (cause) {
    throw refuse('is neither JSON nor YAML', cause);
  }
  const read = placement.safeParse(content);
  if (read.success) return read.data;
  const problems = read.error.issues.map(({ path: at, message }) => `${at.join('.') || 'it'}: ${message}`);
  throw refuse(`cannot be used: ${problems.join('; ')}`);
}
