import { BerthError, errorBody } from '@berth/protocol';
import type { z } from 'zod';
import type { HttpAnswer } from './httpClient.js';

/** The most of a JSON answer that is read: the answers to attempts are small. */
const ANSWER_BYTES = 1024 * 1024;

/**
 * Reads a JSON answer by its schema.
 *
 * @throws BerthError the answer's own error; `unreachable` when it broke off; `unavailable` when it is no answer of ours
 */
export async function readAnswer<T>(answer: HttpAnswer, schema: z.ZodType<T>): Promise<T> {
  if (answer.status >= 400) throw await readError(answer);
  const read = schema.safeParse(parseJson(await readText(answer)));
  if (read.success) return read.data;
  throw new BerthError('unavailable', `the coordinator answered ${answer.status} with what is no answer to that`);
}

/** Reads an answer that has no content to look at, so that its connection can be used again. */
export async function readNothing(answer: HttpAnswer): Promise<void> {
  if (answer.status >= 400) throw await readError(answer);
  await readText(answer);
}

/** Makes the error of an answer; a proxy's page becomes `unavailable` or, for a 4xx, `invalid_request`. */
export async function readError(answer: HttpAnswer): Promise<BerthError> {
  const body = errorBody.safeParse(parseJson(await readText(answer)));
  if (body.success) return BerthError.fromBody(body.data);
  const code = answer.status >= 500 || answer.status === 429 ? 'unavailable' : 'invalid_request';
  return new BerthError(code, `the coordinator answered ${answer.status}`);
}

async function readText(answer: HttpAnswer): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer.body) {
      size += chunk.length;
      if (size > ANSWER_BYTES) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new BerthError('unreachable', 'the answer of the coordinator broke off', { cause });
  }
  return Buffer.concat(chunks).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
