/**
 * Finds the program: the bundle that `scripts/build` makes, or the compiled packages where somebody has compiled one of
 * them since.
 */
import { readdirSync, statSync } from 'node:fs';

const packages = new URL('../packages/', import.meta.url);

export async function runBerth(argv) {
  const program = await import(bundleIsCurrent() ? '../packages/cli/bundle/index.js' : '@berth/cli');
  await program.runBerth(argv);
}

function bundleIsCurrent() {
  const bundled = modified('cli/bundle/package.json');
  if (bundled === null) return false;
  const folders = readdirSync(packages, { withFileTypes: true }).filter(entry => entry.isDirectory());
  return folders.every(({ name }) => (modified(`${name}/dist/.tsbuildinfo`) ?? 0) <= bundled);
}

/** When a file below packages/ was written, or null where there is none. */
function modified(path) {
  return statSync(new URL(path, packages), { throwIfNoEntry: false })?.mtimeMs ?? null;
}
