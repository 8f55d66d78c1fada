/** The engines that Berth runs. */
export type EngineName = 'terraform' | 'tofu';

/**
 * The oldest versions that work. Terraform 1.3 brought `optional(T, default)`, which the `berth` variable's type needs;
 * tofu 1.8 reads `.tofu` files and prints JSON from `init`.
 */
export const minimumVersions: Readonly<Record<EngineName, string>> = { terraform: '1.3.0', tofu: '1.8.0' };

/**
 * Orders two versions by the rules of semantic versioning: negative when `a` is older than `b`, 0 when they are equal,
 * positive when it is newer. A leading `v` and build metadata (`+…`) do not count.
 */
export function compareVersions(a: string, b: string): number {
  const left = split(a);
  const right = split(b);
  for (let i = 0; i < 3; i++) {
    const difference = (left.core[i] ?? 0) - (right.core[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return comparePreReleases(left.pre, right.pre);
}

interface Version {
  core: number[];
  /** Identifiers after the `-`; none for a release. */
  pre: string[];
}

function split(version: string): Version {
  const [plain = ''] = version.replace(/^v/, '').split('+');
  const dash = plain.indexOf('-');
  const core = dash === -1 ? plain : plain.slice(0, dash);
  const pre = dash === -1 ? '' : plain.slice(dash + 1);
  return { core: core.split('.').map(Number), pre: pre === '' ? [] : pre.split('.') };
}

/** A release is newer than its pre-releases; numbers are older than words; the longer list wins a tie. */
function comparePreReleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = compareIdentifiers(a[i] ?? '', b[i] ?? '');
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function compareIdentifiers(a: string, b: string): number {
  const aIsNumber = /^\d+$/.test(a);
  const bIsNumber = /^\d+$/.test(b);
  if (aIsNumber && bIsNumber) return Number(a) - Number(b);
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
