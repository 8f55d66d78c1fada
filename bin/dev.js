#!/usr/bin/env node
// For work on the commands: compiles what has changed first.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const build = spawnSync(process.execPath, [tsc, '--build', 'packages/cli'], { cwd: root, stdio: 'inherit' });
if (build.status !== 0) process.exit(build.status ?? 1);
const { runBerth } = await import('@berth/cli');
await runBerth(process.argv.slice(2));
