import { existsSync, readFileSync } from 'node:fs';
import { isUp } from './cluster/cluster.js';
import { type RunFolder, runningPrograms } from './cluster/runFolder.js';
import type { PartName } from './parts.js';
import { recipeOf } from './recipe.js';

/** A line per part, and one for the cluster. */
export function formatStatus(names: readonly PartName[], folder: RunFolder): string {
  const rows = names.map(name => {
    const { version, folder: built, failure } = recipeOf(name);
    const failed = existsSync(failure) ? `failed: ${readFileSync(failure, 'utf8')}` : 'not built';
    return [name, version, existsSync(built) ? built : failed];
  });
  const programs = runningPrograms(folder);
  const state = isUp(folder) ? 'up' : programs.size === 0 ? 'down' : `broken: only ${[...programs.keys()].join(', ')}`;
  return [...rows, ['cluster', state, folder.path]]
    .map(([first = '', second = '', third = '']) => `${first.padEnd(12)}${second.padEnd(10)}${third}\n`)
    .join('');
}
