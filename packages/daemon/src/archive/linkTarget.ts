/**
 * Says why a symbolic link may not be in an archive, or null. Allowed is a relative target that climbs at its beginning
 * alone and no higher than the top of the tree. A `..` after a name is refused although it may look harmless: if that
 * name is a link itself, the `..` leads to the parent of *its* target. Without such a `..`, and since no entry may lie
 * behind a link, every step of following a link stays inside.
 *
 * @param folders names of the folders between the top of the tree and the link
 */
export function linkTargetError(folders: readonly string[], target: string): string | null {
  if (target === '') return 'is a link to nothing';
  if (target.startsWith('/')) return `is a link to the absolute path '${target}'`;
  const steps = target.split('/').filter(step => step !== '' && step !== '.');
  const climbs = steps.findIndex(step => step !== '..');
  const up = climbs === -1 ? steps.length : climbs;
  if (up > folders.length) return `is a link that leads out of the template: '${target}'`;
  if (steps.slice(up).includes('..')) return `is a link with '..' after a name: '${target}'`;
  return null;
}
