import { type Effect, KEPT_SLOTS } from './effects.js';
import type { BuildLog } from './logCheck.js';
import type { Problem } from './problem.js';

/** What is known of one build when the faults are over. */
export interface EndedBuild {
  workspace: string;
  number: number;
  status: string;
  /** Something was killed while it ran that may have been making an object. */
  hardKilled: boolean;
  /** The disk was full that terraform's output is written to. */
  diskWasFull: boolean;
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
  problems: Problem[];
  /** Objects without an owner that were in flight when their maker was killed. */
  inFlight: number;
}

/** Judges what stands outside by the states: nothing without an owner, nothing made twice, no line lost or doubled. */
export function judge(
  effects: readonly Effect[],
  owned: ReadonlyMap<string, Owned>,
  builds: readonly EndedBuild[],
): Verdict {
  const problems: Problem[] = [];
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
    if (build !== undefined && mayBeInFlight(build, effect)) {
      inFlight++;
      continue;
    }
    const { workspace, build: number } = effect;
    problems.push({
      kind: 'orphaned',
      workspace,
      build: number,
      text: `slot ${effect.slot}: ${effect.id} has no owner`,
    });
  }
  for (const live of slots.values()) {
    const [first, ...more] = live;
    if (first === undefined || more.length === 0) continue;
    const text = `slot ${first.slot} has ${live.length} live owners: ${live.map(({ id }) => id).join(', ')}`;
    problems.push({ kind: 'doubled', workspace: first.workspace, build: first.build, text });
  }
  for (const { workspace, number, diskWasFull, log } of builds) {
    for (const { kind, of, text } of log.problems) {
      // What terraform could not write anywhere, nobody has ever had.
      if (diskWasFull && kind === 'lost' && of === 'lines') continue;
      problems.push({ kind, workspace, build: number, text: `log: ${text}` });
    }
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
