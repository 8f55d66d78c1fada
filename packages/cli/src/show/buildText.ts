import type { Build, Job, Transition } from '@berth/protocol';
import type { Colours } from '../output/colour.js';
import { elapsed } from '../output/time.js';

const results: Record<Transition, string> = { start: 'is running', stop: 'is stopped', delete: 'is deleted' };

/** Said when a build was queued and is not followed. */
export function buildQueued(build: Build, reference: string, comeBack: string): string {
  return `Build ${build.number} of ${reference} (${build.transition}) is queued. To follow it: ${comeBack}`;
}

/** The last sentence about a build that was followed to its end. */
export function buildEnded(build: Build, job: Job, reference: string, colours: Colours): string {
  const time = job.finishedAt === null ? '' : `, ${elapsed(job.finishedAt - job.createdAt)}`;
  const which = `build ${build.number}${time}`;
  switch (job.status) {
    case 'succeeded':
      return `${colours.green('✓')} Workspace ${colours.bold(reference)} ${results[build.transition]} (${which}).`;
    case 'canceled':
      return `${colours.yellow('■')} The build was canceled (${which}). Its state is kept: the next build goes on from it.`;
    default:
      return [
        `${colours.red('✗')} The build failed (${which}). Its state is kept: the next build goes on from it.`,
        `  The whole log: berth logs ${reference} --build ${build.number}`,
      ].join('\n');
  }
}
