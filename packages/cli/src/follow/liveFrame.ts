import type { Colours } from '../output/colour.js';
import { printable } from '../output/printable.js';
import { elapsed } from '../output/time.js';
import { fitWidth } from '../output/width.js';
import { diagnosticLines } from './diagnosticLines.js';
import { summaryLine } from './entryLines.js';
import type { JobProgress, PhaseProgress, ResourceProgress } from './jobProgress.js';
import { resourceSign, resourceState } from './resourceText.js';
import { troubleLine, waitingLines } from './waitingLines.js';

/** Where and when a frame is drawn. */
interface Canvas {
  width: number;
  height: number;
  /** This machine's clock, milliseconds. */
  now: number;
  colours: Colours;
  /** Why the coordinator is not heard at the moment; null when it is. */
  lost: string | null;
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const logLines = 5;

/**
 * The live view of a job at one moment, as lines that fit the terminal: what it is, why it waits or its phases, the
 * resources that are under way, and the last lines of its log.
 */
export function liveFrame(title: string, progress: JobProgress, canvas: Canvas): string[] {
  const { colours, now, width, height } = canvas;
  const turn = spinner[Math.floor(now / 100) % spinner.length] ?? '';
  const head = `${colours.cyan(turn)} ${colours.bold(title)}${whereAndSince(progress, now, colours)}`;
  const body: string[] = [];
  const { job } = progress;
  if (job?.waiting) body.push(...waitingLines(job.waiting).map(line => `  ${colours.yellow(line)}`));
  if (progress.phases.length > 0) body.push(`  ${phaseLine(progress, now, turn, colours)}`);
  const trouble = job === null ? null : troubleLine(job);
  if (trouble !== null) body.push(`  ${colours.yellow(trouble)}`);
  if (canvas.lost !== null) body.push(`  ${colours.yellow(printable(canvas.lost))}`);

  const text = progress.lines.slice(-logLines).map(line => `  ${colours.dim(`│ ${printable(line)}`)}`);
  // One line stays free: the cursor stands below the frame.
  const room = height - 2 - body.length - text.length;
  body.push(...resourceLines(progress, now, Math.max(0, room), colours));
  return [head, ...body, ...text].slice(0, Math.max(1, height - 1)).map(line => fitWidth(line, width));
}

/**
 * What stays of the view when the job has ended: its phases, what it came to, and Terraform's own words about it. Of a
 * canceled job these are left out: they tell of the cancel alone.
 */
export function finalLines(progress: JobProgress, colours: Colours): string[] {
  const phases = progress.phases.length === 0 ? [] : [`  ${phaseLine(progress, 0, '·', colours)}`];
  const summary = progress.summary === null ? [] : [`  ${summaryLine(progress.summary)}`];
  const diagnostics = progress.job?.status === 'canceled' ? [] : progress.diagnostics;
  return [...phases, ...summary, ...diagnostics.flatMap(one => ['', ...diagnosticLines(one, colours)])];
}

function whereAndSince({ job, attempt, followedSince }: JobProgress, now: number, colours: Colours): string {
  if (job === null) return '';
  const parts = [
    ...(job.status === 'pending' ? ['waiting'] : []),
    ...(job.daemon === null ? [] : [`daemon ${printable(job.daemon.name)}`]),
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(followedSince === null ? [] : [elapsed(now - followedSince)]),
  ];
  return colours.dim(parts.map(part => ` · ${part}`).join(''));
}

function phaseLine(progress: JobProgress, now: number, turn: string, colours: Colours): string {
  const one = ({ phase, startedAt, endedAt }: PhaseProgress) => {
    const time = elapsed((endedAt ?? progress.daemonTime(now)) - startedAt);
    return `${endedAt === null ? colours.cyan(turn) : colours.green('✓')} ${phase} ${colours.dim(time)}`;
  };
  return progress.phases.map(one).join('  ');
}

/** Those under way first, then failed ones, then the last finished; what has no room is counted. */
function resourceLines(progress: JobProgress, now: number, room: number, colours: Colours): string[] {
  const all = [...progress.resources.values()];
  const rank = ({ entry }: ResourceProgress) => ({ failed: 1, complete: 2 })[entry.state as string] ?? 0;
  const shown = all
    .map((resource, order) => ({ resource, order }))
    .sort((a, b) => rank(a.resource) - rank(b.resource) || b.order - a.order)
    .slice(0, all.length > room ? Math.max(0, room - 1) : room)
    .sort((a, b) => a.order - b.order)
    .map(({ resource }) => `  ${resourceLine(resource, progress.daemonTime(now), colours)}`);
  const left = all.length - shown.length;
  return left > 0 && room > 0 ? [...shown, `  ${colours.dim(`… and ${left} more`)}`] : shown;
}

function resourceLine({ entry, startedAt }: ResourceProgress, now: number, colours: Colours): string {
  const over = entry.state === 'complete' || entry.state === 'failed';
  const time = over ? entry.elapsedSeconds : (now - startedAt) / 1000;
  const state = `${resourceState(entry)}${time === null ? '' : ` ${elapsed(time * 1000)}`}`;
  const line = `${resourceSign(entry.action)} ${printable(entry.address)}`;
  if (entry.state === 'failed') return `${line}  ${colours.red(state)}`;
  return `${line}  ${over ? colours.green(state) : colours.dim(state)}`;
}
