export { switchOffGuard, testGuard } from './guards.js';
export { type NetworkMirror, startNetworkMirror } from './pluginMirror.js';
export { findPostgres, freePort, type Postgres, startPostgres } from './postgres.js';
export { type Makers, newMakers, type Release, type ReleaseServer, startReleaseServer } from './releaseServer.js';
export { tempDir } from './tempDir.js';
export { type TestCluster, testCluster } from './testBed/cluster/testCluster.js';
export { type TestPlugins, type TestProgram, testHelm, testPlugins, testTofu } from './testBed/testParts.js';
export { startTlsServer, type TlsServer } from './tlsServer.js';
export { writeZip, type ZipFile } from './zip.js';
