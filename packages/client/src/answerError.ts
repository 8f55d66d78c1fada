import { BerthError, errorBody } from '@berth/protocol';

/** The error that an answer without success stands for: the coordinator's own, or what stands in its place. */
export async function answerError(url: string, response: Response): Promise<BerthError> {
  const body = errorBody.safeParse(await readJson(response));
  if (body.success) return BerthError.fromBody(body.data);
  if (response.status === 502 || response.status === 503 || response.status === 504) {
    return new BerthError('unavailable', `${url} answered ${response.status}: the coordinator behind it is away`);
  }
  return new BerthError('unreachable', `${url} answered ${response.status}, and not as a coordinator does`, {
    hint: 'Check the address: something else seems to listen there.',
  });
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    // Not JSON (a proxy's page, say), or cut off: told by the status instead.
    return null;
  }
}
