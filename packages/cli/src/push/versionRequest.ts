import type { Client } from '@berth/client';
import { type ParameterValues, parseTagFlags, routes, type Template, type VariableDeclaration } from '@berth/protocol';
import type { z } from 'zod';
import { readValuesFile } from '../parameters/valuesFile.js';
import type { VersionFlags } from './pushFlags.js';
import { readVariables } from './variables.js';

/** What a push asks the coordinator to make a version of, but for the archive. */
type VersionRequest = Omit<z.input<typeof routes.pushVersion.body>, 'archive'>;

/**
 * Makes the request of the flags. A variable on the command line goes before one in the file.
 *
 * @param before the template as it is; null for a new one
 * @throws BerthError `invalid_tag`, `reserved_tag`, `invalid_request`
 */
export async function versionRequest(
  client: Client,
  before: Template | null,
  flags: VersionFlags,
): Promise<VersionRequest> {
  const declared = await declaredBefore(client, before, [...(flags.variable ?? []), ...(flags.sample ?? [])]);
  const file: ParameterValues =
    flags['variables-file'] === undefined ? {} : await readValuesFile(flags['variables-file'], '--variables-file');
  return {
    name: flags['version-name'] ?? null,
    message: flags.message,
    tags: tagsOf(flags),
    variables: { ...file, ...readVariables(flags.variable ?? [], declared) },
    samples: readVariables(flags.sample ?? [], declared),
    activate: flags.activate,
    engine: flags.engine ?? null,
  };
}

/** Null keeps the tags of the active version. */
function tagsOf(flags: VersionFlags): Record<string, string> | null {
  if (flags['clear-provisioner-tags']) return {};
  return flags['provisioner-tag'] === undefined ? null : parseTagFlags(flags['provisioner-tag']);
}

async function declaredBefore(
  client: Client,
  before: Template | null,
  values: readonly string[],
): Promise<readonly VariableDeclaration[]> {
  const version = before?.activeVersion;
  if (version === null || version === undefined || values.length === 0) return [];
  return (await client.call(routes.getVersion, { params: { version: version.id } })).variables ?? [];
}
