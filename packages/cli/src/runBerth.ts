import { statSync } from 'node:fs';
import { join } from 'node:path';
import { flush, run, settings } from '@oclif/core';

/** Runs one command line, given without program name, and sets the exit code of this process. */
export async function runBerth(argv: string[]): Promise<void> {
  // Compiled code is run as it is: looking for a TypeScript loader would only cost time.
  settings.enableAutoTranspile = false;
  const root = join(import.meta.dirname, '..');
  try {
    await run(argv[0] === '--version' || argv[0] === '-v' ? ['version'] : argv, {
      root,
      ignoreManifest: isManifestStale(root),
    });
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
 * The list of commands is written by the build so that none needs to be loaded for it. After compiling by hand it may
 * be older than the commands: then they are looked at themselves, which is slower and never wrong.
 */
function isManifestStale(root: string): boolean {
  const compiled = statSync(join(root, 'dist', '.tsbuildinfo'), { throwIfNoEntry: false });
  const manifest = statSync(join(root, 'oclif.manifest.json'), { throwIfNoEntry: false });
  return compiled !== undefined && manifest !== undefined && manifest.mtimeMs < compiled.mtimeMs;
}
