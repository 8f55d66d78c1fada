import { realpathSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Whether `path` is `folder` or below it. Both absolute. */
export function isWithin(path: string, folder: string): boolean {
  const rest = relative(folder, path);
  return rest === '' || (rest !== '..' && !rest.startsWith(`..${sep}`));
}

/** Where `path` is found when the tree at `from` is shown at `to`. */
export function movedTo(path: string, { from, to }: { from: string; to: string }): string {
  return join(to, relative(from, path));
}

/** Without links; null when there is no such file. */
export function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
