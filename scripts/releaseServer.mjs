/**
 * Serves an engine as a release that a new key has signed, until it is ended; for `scripts/image smoke`:
 *   node scripts/releaseServer.mjs FOLDER PROGRAM
 * Prints `ENGINE@VERSION URL KEYFILE`. FOLDER holds what it is made of.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { startReleaseServer } from '../packages/testkit/dist/releaseServer.js';

const [folder, path] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: node scripts/releaseServer.mjs FOLDER PROGRAM');
const asked = args => execFileSync(path, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const { terraform_version: version, platform } = JSON.parse(asked(['version', '-json']));
const engine = asked(['version']).startsWith('OpenTofu') ? 'tofu' : 'terraform';
const server = await startReleaseServer(folder, { engine, version, platform, program: readFileSync(path) });
console.log(`${engine}@${version} ${server.url} ${server.keyFile}`);
