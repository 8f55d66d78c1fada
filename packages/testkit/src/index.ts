export { switchOffGuard, testGuard } from './guards.js';
export { findPostgres, freePort, type Postgres, startPostgres } from './postgres.js';
export { tempDir } from './tempDir.js';
export { type TestPlugins, type TestProgram, testPlugins, testTofu } from './testBed/testParts.js';
