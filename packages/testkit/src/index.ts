export { findPostgres, freePort, type Postgres, startPostgres } from './postgres.js';
export { tempDir } from './tempDir.js';
