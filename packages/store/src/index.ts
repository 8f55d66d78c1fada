export type * from './contract/blobs.js';
export type * from './contract/daemons.js';
export type * from './contract/jobs.js';
export * from './contract/templates.js';
export type * from './contract/users.js';
export type * from './contract/workspaces.js';
export * from './openStore.js';
export type * from './store.js';
export { readEncryptionKeys } from './vault/givenKeys.js';
