import { compareVersions } from './versions.js';

/**
 * Whether a version meets a constraint as templates write it: `>= 1.3, < 2.0`, `~> 1.9`. Null where that is for the engine
 * to say: of a pre-release, and of what is no constraint.
 */
export function meetsConstraint(version: string, constraint: string): boolean | null {
  if (!/^\d+\.\d+\.\d+$/.test(version)) return null;
  let meets = true;
  for (const part of constraint.split(',')) {
    const [, operator = '', wanted = ''] = /^\s*(=|!=|>=|<=|>|<|~>)?\s*v?(\d+(?:\.\d+){0,2})\s*$/.exec(part) ?? [];
    if (wanted === '') return null;
    meets &&= meetsOne(version, operator, wanted);
  }
  return meets;
}

function meetsOne(version: string, operator: string, wanted: string): boolean {
  const order = compareVersions(version, full(wanted));
  switch (operator) {
    case '!=':
      return order !== 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '~>':
      return order >= 0 && compareVersions(version, full(next(wanted))) < 0;
    default:
      return order === 0;
  }
}

/** What is left out counts as 0. */
function full(version: string): string {
  const parts = version.split('.');
  return [...parts, '0', '0'].slice(0, 3).join('.');
}

/** The first version that `~>` does not allow: only the last part that was given may grow. */
function next(version: string): string {
  const parts = version.split('.').map(Number);
  const fixed = parts.length === 1 ? parts : parts.slice(0, -1);
  const last = fixed.pop() ?? 0;
  return [...fixed, last + 1].join('.');
}
