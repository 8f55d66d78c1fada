import type { Job } from '@berth/protocol';
import type { Colours } from '../output/colour.js';
import { errorText } from '../output/errorText.js';
import { printable } from '../output/printable.js';
import type { Ended } from './followToEnd.js';

/** What a followed job came to beside its status, as lines: what the view left over, its error, its notes. */
export function jobResult({ job, unseen }: Ended, colours: Colours): string[] {
  const error = job.error !== null && job.status === 'failed' ? ['', ...errorText(job.error, colours).split('\n')] : [];
  return [...unseen, ...error, ...noteLines(job, colours)];
}

/** What a reader of a job must know beside its status. */
export function noteLines(job: Job, colours: Colours): string[] {
  return job.notes.map(note => `${colours.yellow('Note:')} ${printable(note)}`);
}
