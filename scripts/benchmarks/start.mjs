/** Start times and memory at rest. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { cleanEnvironment, root, startBerth, startProgram, temporaryFolder } from './berth.mjs';
import { header, ratioLine, timesLine } from './figures.mjs';

const runs = 20;
const folder = temporaryFolder();
const bare = bareCli(join(folder, 'bare'));
const environment = cleanEnvironment({ BERTH_CONFIG_DIR: join(folder, 'config') });
const times = { node: [], bare: [], version: [], server: [] };

for (let i = 0; i < runs; i++) {
  times.node.push(timed('-e', '0'));
  times.bare.push(timed(bare, 'version'));
  times.version.push(timed(join(root, 'bin/run.js'), 'version'));
  const server = await startProgram(
    [
      'server',
      '--data-dir',
      join(folder, 'fresh', String(i % 4)),
      '--address',
      '127.0.0.1:0',
      '--provisioner-daemons',
      '0',
    ],
    /http:\/\/127\.0\.0\.1:\d+/,
  );
  times.server.push(server.ms);
  await server.stop();
}

const system = await startBerth(folder);
// At rest: connected, and long enough for the collector to have run by itself.
await new Promise(done => setTimeout(done, 15_000));
const memory = { coordinator: residentMegabytes(system.server.pid), daemon: residentMegabytes(system.daemon.pid) };
await system.stop();

console.log(header('start'));
console.log(timesLine('node with an empty program', times.node));
console.log(timesLine('a bare oclif CLI', times.bare));
console.log(timesLine('berth version', times.version));
console.log(timesLine('berth server, from start to its ready line', times.server));
console.log();
console.log(ratioLine('berth version / bare oclif CLI', times.version, times.bare, 'aim at most 1.5'));
console.log(`coordinator at rest: ${memory.coordinator.toFixed(0)} MB resident (aim below 100)`);
console.log(`daemon at rest: ${memory.daemon.toFixed(0)} MB resident (aim below 70)`);

function timed(...args) {
  const began = performance.now();
  execFileSync(process.execPath, args, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  return performance.now() - began;
}

function residentMegabytes(pid) {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line[1]) / 1024;
}

/** The smallest CLI that oclif makes: one command, found by its folder. */
function bareCli(at) {
  mkdirSync(join(at, 'commands'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(at, 'node_modules'));
  const manifest = { name: 'bare', version: '1.0.0', type: 'module', oclif: { bin: 'bare', commands: './commands' } };
  writeFileSync(join(at, 'package.json'), JSON.stringify(manifest));
  writeFileSync(
    join(at, 'commands/version.js'),
    `import { Command } from '@oclif/core';
     export default class Version extends Command { async run() { this.log(this.config.version); } }`,
  );
  writeFileSync(join(at, 'run.js'), `import { execute } from '@oclif/core'; await execute({ dir: import.meta.url });`);
  return join(at, 'run.js');
}
