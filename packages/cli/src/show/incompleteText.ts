import type { Job, StateIncomplete } from '@berth/protocol';
import type { Colours } from '../output/colour.js';
import { dateTime } from '../output/time.js';

/** `state may be incomplete (attempt 1 of daemon d of build 3 unreachable since …)`. */
export function incompleteText({ build, attempt, daemon, since }: StateIncomplete): string {
  return `state may be incomplete (build ${build}, attempt ${attempt} of daemon ${daemon.name} unreachable since ${dateTime(since)})`;
}

/** What an admin must know before a build is given up. */
export function releaseWarning(build: number, { daemon, attempt, giveUpAt }: Job, colours: Colours): string {
  const name = daemon?.name ?? 'unknown';
  return [
    `${colours.yellow('Warning:')} daemon ${name} may still be at work on build ${build} (attempt ${attempt}).`,
    '  What it makes after its last snapshot is in no state: the next build may make it a second time.',
    ...(giveUpAt === null ? [] : [`  Without this, the build is given up at ${dateTime(giveUpAt)}.`]),
  ].join('\n');
}

/** Said when a build was given up. */
export function releasedText(reference: string, { build, stateSerial }: ReleasedBuild): string {
  const state = stateSerial === null ? 'It has no state' : `Its state is that of serial ${stateSerial}`;
  return `Build ${build} of ${reference} is given up. ${state}, which may be incomplete.`;
}

interface ReleasedBuild {
  build: number;
  stateSerial: number | null;
}
