/** Plugin mirrors: `@berth/daemon/mirror`. Loads nothing of the daemon itself. */

export type { AddedPackage, MirrorCheck, MirrorPackage, VerifiedPackage } from '@berth/terraform';
export { addFromFile, type FileToAdd } from './addFromFile.js';
export { addFromLockFile, type LockFileToAdd } from './addFromLockFile.js';
export { checkMirror, listMirrorPackages } from './checkMirror.js';
