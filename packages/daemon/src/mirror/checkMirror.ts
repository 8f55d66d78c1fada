import { listPackages, type MirrorCheck, type MirrorPackage, verifyMirror } from '@berth/terraform';
import { berthErrors } from '../engineErrors.js';
import { readLock } from './readLock.js';

/** @throws BerthError `invalid_request` */
export async function listMirrorPackages(mirror: string): Promise<MirrorPackage[]> {
  return berthErrors(listPackages(mirror));
}

/**
 * Looks at every package of a mirror.
 *
 * @param lockFile names plugins that it should have; null for none
 * @throws BerthError `invalid_request`
 */
export async function checkMirror(mirror: string, lockFile: string | null): Promise<MirrorCheck> {
  const locked = lockFile === null ? [] : await readLock(lockFile);
  return berthErrors(verifyMirror(mirror, locked));
}
