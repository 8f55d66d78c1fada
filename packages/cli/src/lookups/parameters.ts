import type { Client } from '@berth/client';
import { openVariables, type ParameterValues, routes } from '@berth/protocol';
import { readParameters } from '../flags/parameters.js';

/** Reads `NAME=VALUE` texts by the types that a version declares; asks the coordinator only if there are any. */
export async function readParametersOf(
  client: Client,
  version: string,
  texts: readonly string[] | undefined,
): Promise<ParameterValues> {
  if (texts === undefined || texts.length === 0) return {};
  const { variables, pinned } = await client.call(routes.getVersion, { params: { version } });
  return readParameters(texts, openVariables(variables ?? [], pinned));
}
