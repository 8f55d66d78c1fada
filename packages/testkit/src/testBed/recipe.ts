/** What is built for a part, and where it is kept. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Part, type PartName, parts } from './parts.js';

export interface Recipe {
  name: PartName;
  part: Part;
  /** Folder with the part's `go.mod` and `go.sum`, in the repository. */
  module: string;
  /** Of the part's module, without the `v`. */
  version: string;
  /** As the engines name it: `linux_amd64`. */
  platform: string;
  linkerFlags: string;
  /** Where the part stands once it is built. */
  folder: string;
  /** Notes why the last try to build it failed; one line. */
  failure: string;
}

/** Folders of `go.mod` files: the same from `src/` and from `dist/`. */
const modules = join(import.meta.dirname, '..', '..', '..', '..', 'scripts', 'testbed.d');

/**
 * Reads the recipe of a part. Everything that makes a difference to the result is in the name of its folder, so that
 * what is there is never out of date.
 */
export function recipeOf(name: PartName): Recipe {
  const part: Part = parts[name];
  const module = join(modules, name);
  const goMod = readFileSync(join(module, 'go.mod'), 'utf8');
  const version = versionIn(goMod, part.module);
  const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const variables = Object.entries(part.variables?.(module => versionIn(goMod, module)) ?? {});
  const linkerFlags = ['-s', '-w', ...variables.map(([variable, value]) => `-X ${variable}=${value}`)].join(' ');
  const goSum = readFileSync(join(module, 'go.sum'), 'utf8');
  const key = createHash('sha256')
    .update(JSON.stringify([goMod, goSum, part, linkerFlags, platform]))
    .digest('hex')
    .slice(0, 16);
  const folder = join(bedFolder(), `${name}-${key}`);
  return { name, part, module, version, platform, linkerFlags, folder, failure: `${folder}.failure` };
}

/** Where all parts are kept, for every clone of the repository on a machine. */
export function bedFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'berth-testbed');
}

function versionIn(goMod: string, module: string): string {
  const requirements = goMod.split('\n').map(line => /^(?:require\s+|\s+)(\S+) v(\S+)/.exec(line));
  const version = requirements.find(found => found?.[1] === module)?.[2];
  if (version === undefined) throw new Error(`go.mod requires no version of ${module}`);
  return version;
}
