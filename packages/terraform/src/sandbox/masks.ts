import { statSync } from 'node:fs';
import { guardHolds } from '../guards.js';
import { isWithin, movedTo, realPath } from './paths.js';
import type { Bind } from './systemFolders.js';

/**
 * Arguments of bwrap that put something empty over the hidden paths, at each place where one of the binds shows them: a
 * home folder that templates may read often holds the data directory or the daemon's credentials.
 */
export function maskArguments(hidden: readonly string[], binds: readonly Bind[]): string[] {
  if (!guardHolds('terraform.sandbox_mask')) return [];
  const masks = new Map<string, string[]>();
  for (const path of hidden) {
    const real = realPath(path);
    if (real === null) continue;
    const cover = statSync(real).isDirectory() ? ['--tmpfs'] : ['--ro-bind', '/dev/null'];
    for (const { from, to } of binds) {
      const source = realPath(from);
      if (source === null || !isWithin(real, source)) continue;
      const place = movedTo(real, { from: source, to });
      masks.set(place, [...cover, place]);
    }
  }
  return [...masks.values()].flat();
}
