/** State files: `@berth/daemon/state`. Loads nothing of the daemon itself, so that a client may use it alone. */
import { BerthError, type StateRef } from '@berth/protocol';
import { readState } from '@berth/terraform';

/** A state file as the coordinator is told of it. */
export interface StateFile extends StateRef {
  /** Version of the engine that wrote it. */
  engineVersion: string;
}

/**
 * Reads a state file in one pass with bounded memory.
 *
 * @throws BerthError `not_found`; `state_unusable` for what is no whole state
 */
export async function readStateFile(path: string): Promise<StateFile> {
  const read = await readState(path, { outputs: false, resources: false });
  if (!read.valid) {
    if (read.fault === 'missing') throw new BerthError('not_found', `there is no file '${path}'`);
    throw new BerthError('state_unusable', `'${path}' is no usable state (${read.fault.replaceAll('_', ' ')})`);
  }
  const { serial, lineage, sizeBytes, sha256: digest, engineVersion } = read;
  if (engineVersion === null) {
    throw new BerthError('state_unusable', `'${path}' does not say which version of terraform wrote it`);
  }
  return { digest, sizeBytes, serial, lineage, engineVersion };
}
