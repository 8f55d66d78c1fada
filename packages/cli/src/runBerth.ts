import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { flush, run, settings } from '@oclif/core';
import { limitYoungGeneration } from './services/youngGeneration.js';

/** Commands (or their topic) that run for long. */
const services: ReadonlySet<string | undefined> = new Set(['server', 'provisionerd']);

/** Runs one command line, given without program name, and sets the exit code of this process. */
export async function runBerth(argv: string[]): Promise<void> {
  // Compiled code is run as it is: looking for a TypeScript loader would only cost time.
  settings.enableAutoTranspile = false;
  if (services.has(argv[0])) limitYoungGeneration();
  try {
    await run(argv[0] === '--version' || argv[0] === '-v' ? ['version'] : argv, findCommands());
    await flush();
  } catch (error) {
    // Commands tell their own errors; what comes here never reached one.
    const [{ toBerthError }, { errorText }, { exitCodeOf }, { coloursFor }] = await Promise.all([
      import('./output/toBerthError.js'),
      import('./output/errorText.js'),
      import('./output/exitCode.js'),
      import('./output/colour.js'),
    ]);
    const told = toBerthError(error, 'berth');
    process.stderr.write(`${errorText(told, coloursFor(process.stderr))}\n`);
    process.exitCode = exitCodeOf(told.code);
  }
}

/**
 * Where the commands stand: beside this file in the bundle, which is a package of its own, else in the compiled package.
 * The list of its commands is written by the build so that none needs to be loaded for it; after compiling by hand it may
 * be older than the commands: then they are looked at themselves, which is slower and never wrong.
 */
function findCommands(): { root: string; ignoreManifest: boolean } {
  const here = import.meta.dirname;
  if (existsSync(join(here, 'package.json'))) return { root: here, ignoreManifest: false };
  const root = join(here, '..');
  const compiled = statSync(join(here, '.tsbuildinfo'), { throwIfNoEntry: false });
  const manifest = statSync(join(root, 'oclif.manifest.json'), { throwIfNoEntry: false });
  const isStale = compiled !== undefined && manifest !== undefined && manifest.mtimeMs < compiled.mtimeMs;
  return { root, ignoreManifest: isStale };
}
