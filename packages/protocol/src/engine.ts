import { z } from 'zod';

export const engineName = z.enum(['terraform', 'tofu']);
export type EngineName = z.infer<typeof engineName>;

/** An engine as a daemon has it; `version` is `MAJOR.MINOR.PATCH`, with a pre-release suffix perhaps. */
export const engine = z.object({ name: engineName, version: z.string().regex(/^\d+\.\d+\.\d+/) });
export type Engine = z.infer<typeof engine>;

/** Negative, zero or positive, as `a` is older than, equal to or newer than `b`. A pre-release is older than its release. */
export function compareVersions(a: string, b: string): number {
  const [coreA, preA] = split(a);
  const [coreB, preB] = split(b);
  for (let i = 0; i < 3; i++) {
    const difference = (coreA[i] ?? 0) - (coreB[i] ?? 0);
    if (difference !== 0) return difference;
  }
  if (preA === preB) return 0;
  if (preA === '') return 1;
  if (preB === '') return -1;
  return preA < preB ? -1 : 1;
}

/**
 * One integer that orders versions as {@link compareVersions} does, pre-releases aside (they count as their release):
 * what a database can compare. Each part must be below 1000.
 */
export function versionNumber(version: string): number {
  const [core] = split(version);
  return core.reduce((sum, part) => sum * 1000 + Math.min(part, 999), 0);
}

function split(version: string): [number[], string] {
  const [core = '', ...pre] = version.split('+')[0]?.split('-') ?? [];
  const parts = core.split('.').map(Number);
  return [[parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0], pre.join('-')];
}
