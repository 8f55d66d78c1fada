import { formatTags, type Job, type TemplateVersion } from '@berth/protocol';
import type { Colours } from '../output/colour.js';
import { printable } from '../output/printable.js';
import { size } from '../output/size.js';
import { elapsed } from '../output/time.js';

/** What was packed, and what stayed out of it. */
export function packedText(packed: {
  entries: number;
  sizeBytes: number;
  leftOut: readonly string[];
  stack: string | null;
}): string {
  const stack = packed.stack === null ? '' : `Synthesised the stack ${printable(packed.stack)}. `;
  const head = `${stack}Packed ${packed.entries} files and folders, ${size(packed.sizeBytes)}.`;
  if (packed.leftOut.length === 0) return head;
  const shown = packed.leftOut.slice(0, 10).map(printable).join(', ');
  const more = packed.leftOut.length > 10 ? ` and ${packed.leftOut.length - 10} more` : '';
  return `${head} Left out: ${shown}${more}.`;
}

/** Said when a later push gave no tags. */
export function keptTagsText(version: TemplateVersion): string {
  return `Its tags are those of the active version: ${printable(formatTags(version.tags))}. (--clear-provisioner-tags drops them.)`;
}

/** The last words about an import that was followed to its end. */
export function importEnded(version: TemplateVersion, job: Job, colours: Colours): string[] {
  const which = `version ${version.name} of template ${colours.bold(version.template.name)}`;
  const time = job.finishedAt === null ? '' : ` (${elapsed(job.finishedAt - job.createdAt)})`;
  if (job.status === 'canceled') return [`${colours.yellow('■')} The import of ${which} was canceled.`];
  if (job.status !== 'succeeded') {
    return [`${colours.red('✗')} The import of ${which} failed${time}; nobody can use it. The active version stays.`];
  }
  const { plan, planSkipped, ignoredBackend } = version;
  return [
    ...(plan === null ? [] : [`  A first start would add ${plan.add} resources.`]),
    ...(planSkipped === null ? [] : [`  No plan was made: ${printable(planSkipped)}`]),
    ...(ignoredBackend === null
      ? []
      : [
          `  ${colours.yellow('Note:')} its own backend "${printable(ignoredBackend)}" is not used: Berth keeps the state.`,
        ]),
    `${colours.green('✓')} Imported ${which}${time}. ${version.active ? 'It is the active version.' : 'It is not active.'}`,
  ];
}
