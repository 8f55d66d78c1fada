import { formatTags, type Job } from '@berth/protocol';
import { troubleLine } from '../follow/waitingLines.js';
import { printable } from '../output/printable.js';
import { elapsed, relativeTime } from '../output/time.js';

/** Where a job stands, as fields: its status and daemon, why it waits and what keeps the nearest daemon from it. */
export function jobFields(job: Job, now: number): (readonly [string, string | null])[] {
  const { waiting } = job;
  return [
    ['job', `${job.status}${phaseText(job)}${timeText(job, now)}`],
    ['daemon', job.daemon?.name ?? null],
    ['tags', printable(formatTags(job.tags))],
    ['waits because', waiting === null ? null : printable(waiting.message)],
    ['nearest daemon', waiting?.nearest ? nearestText(waiting.nearest) : null],
    ['position', waiting === null ? null : String(waiting.position)],
    ['trouble', troubleLine(job)],
  ];
}

function nearestText({ daemon, lacks }: { daemon: string; lacks: string[] }): string {
  return `${printable(daemon)} ${lacks.map(printable).join('; ')}`;
}

function phaseText(job: Job): string {
  return job.finishedAt === null && job.phase !== null ? `, phase ${job.phase}` : '';
}

function timeText({ startedAt, finishedAt }: Job, now: number): string {
  if (startedAt === null) return '';
  if (finishedAt === null) return `, began ${relativeTime(startedAt, now)}`;
  return `, ${relativeTime(finishedAt, now)}, took ${elapsed(finishedAt - startedAt)}`;
}
