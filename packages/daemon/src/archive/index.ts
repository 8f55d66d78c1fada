/** Template archives: `@berth/daemon/archive`. Loads nothing of the daemon itself, so that a client may use it alone. */
export { type PackedFolder, packFolder } from './packFolder.js';
export { type UnpackedArchive, unpackArchive } from './unpackArchive.js';
