/**
 * Gathers what an image of Berth holds into a folder, the build context of packages/deploy/Dockerfile:
 *   node scripts/imageContext.mjs FOLDER [ENGINE]
 * The bundle and the few packages beside it, as `scripts/setup` has installed them, and the Node.js that the native ones
 * were compiled for; so no compiler comes near the image. ENGINE is a terraform or tofu program to put in.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { externalPackages } from './bundleExternals.mjs';

const root = resolve(import.meta.dirname, '..');
const [folder, engine] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node scripts/imageContext.mjs FOLDER [ENGINE]');
const application = join(folder, 'berth');

for (const path of ['bin', 'packages/cli/bundle', 'package.json']) copy(join(root, path));
// Not what somebody has installed into or made of a template that he tried out.
copy(join(root, 'templates'), path => !['node_modules', 'cdktf.out'].includes(basename(path)));
for (const { name } of readdirSync(join(root, 'packages'), { withFileTypes: true }).filter(entry =>
  entry.isDirectory(),
)) {
  const processes = join(root, 'packages', name, 'processes');
  if (existsSync(processes)) copy(processes);
}
const copied = new Set();
for (const name of externalPackages) copyPackage(name, root);

mkdirSync(join(folder, 'programs'));
place(process.execPath, 'node');
if (engine !== undefined) place(engine, basename(engine));
cpSync(join(root, 'packages/deploy/Dockerfile'), join(folder, 'Dockerfile'));

/** Copies a package and what it needs when it runs, each to where it stands here. */
function copyPackage(name, from) {
  const installed = find(name, from);
  if (installed === null || copied.has(installed)) return;
  copied.add(installed);
  const native = existsSync(join(installed, 'binding.gyp'));
  copy(
    installed,
    path => !relative(installed, path).startsWith('node_modules') && (!native || isNeeded(relative(installed, path))),
  );
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
    readFileSync(join(installed, 'package.json'), 'utf8'),
  );
  for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) {
    if (needed !== 'prebuild-install') copyPackage(needed, installed);
  }
}

/** Whether a file of a native package is read when it runs: neither its sources nor what its compilation left behind. */
function isNeeded(path) {
  const [first] = path.split(sep);
  if (first === 'src' || first === 'deps') return false;
  return first !== 'build' || path === 'build' || path === join('build', 'Release') || path.endsWith('.node');
}

/** Folder of a package as Node finds it from `from`; null for an optional one of another platform. */
function find(name, from) {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    if (existsSync(folder)) return folder;
    if (at === root) return null;
  }
}

function copy(from, filter = () => true) {
  cpSync(from, join(application, relative(root, from)), { recursive: true, filter });
}

function place(program, name) {
  const target = join(folder, 'programs', name);
  cpSync(program, target, { dereference: true });
  chmodSync(target, 0o755);
}
