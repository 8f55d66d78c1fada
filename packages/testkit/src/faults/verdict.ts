import { type Effect, KEPT_SLOTS } from './effects.js';
import type { BuildLog } from './logCheck.js';

/** What is known of one build when the faults are over. */
export interface EndedBuild {
  workspace: string;
  number: number;
  status: string;
  /** Something was killed while it ran that may have been making an object. */
  hardKilled: boolean;
  log: BuildLog;
}

/** What the states of a workspace say. */
export interface Owned {
  /** Ids of resources in its present state. */
  present: Set<string>;
  /** Ids in states that are kept beside it for an admin. */
  salvaged: Set<string>;
}

export interface Verdict {
  problems: string[];
  /** Objects without an owner that were in flight when their maker was killed. */
  inFlight: number;
}

/** Judges what stands outside by the states: nothing without an owner, nothing made twice, no line lost or doubled. */
export function judge(
  effects: readonly Effect[],
  owned: ReadonlyMap<string, Owned>,
  builds: readonly EndedBuild[],
): Verdict {
  const problems: string[] = [];
  let inFlight = 0;
  const byNumber = new Map(builds.map(build => [`${build.workspace} ${build.number}`, build]));
  const slots = new Map<string, Effect[]>();
  for (const effect of effects) {
    const owner = owned.get(effect.workspace);
    const isPresent = owner?.present.has(effect.id) ?? false;
    if (isPresent) {
      const slot = `${effect.workspace} slot ${effect.slot}`;
      slots.set(slot, [...(slots.get(slot) ?? []), effect]);
      continue;
    }
    if (owner?.salvaged.has(effect.id)) continue;
    const build = byNumber.get(`${effect.workspace} ${effect.build}`);
    if (build !== undefined && mayBeInFlight(build, effect)) inFlight++;
    else problems.push(`${effect.workspace}: ${effect.id} of build ${effect.build}, slot ${effect.slot}, has no owner`);
  }
  for (const [slot, live] of slots) {
    if (live.length > 1)
      problems.push(`${slot} has ${live.length} live owners: ${live.map(({ id }) => id).join(', ')}`);
  }
  for (const build of builds) {
    for (const problem of build.log.problems)
      problems.push(`log of ${build.workspace} build ${build.number}: ${problem}`);
  }
  return { problems, inFlight };
}

/**
 * A command that is interrupted is killed at once, perhaps between its last step and its end; so is one whose terraform
 * was killed. What terraform had said to be complete was not in flight, unless it was killed before it wrote that down.
 */
function mayBeInFlight(build: EndedBuild, effect: Effect): boolean {
  if (build.status === 'succeeded') return false;
  return build.hardKilled || !build.log.made.has(addressOf(effect.slot));
}

function addressOf(slot: number): string {
  return slot < KEPT_SLOTS ? `terraform_data.kept[${slot}]` : `terraform_data.running[${slot - KEPT_SLOTS}]`;
}
