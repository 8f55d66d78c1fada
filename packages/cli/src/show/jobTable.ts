import { formatTags, type Job, type JobStatus } from '@berth/protocol';
import type { Colours } from '../output/colour.js';
import { printable } from '../output/printable.js';
import { type Column, renderTable } from '../output/table.js';
import { dateTime, elapsed, relativeTime } from '../output/time.js';

export function jobTable(jobs: readonly Job[], now: number, colours: Colours): string {
  const columns: Column<Job>[] = [
    { title: 'ID', value: row => row.id },
    { title: 'TYPE', value: row => row.type },
    { title: 'STATUS', value: row => row.status, style: (cell, row) => jobColour(row.status, colours)(cell) },
    { title: 'TAGS', value: row => formatTags(row.tags) },
    { title: 'DAEMON', value: row => printable(row.daemon?.name ?? '') },
    { title: 'CREATED', value: row => relativeTime(row.createdAt, now) },
    { title: 'TOOK', value: tookText },
    { title: 'REMARK', value: remark },
  ];
  return renderTable(jobs, columns, colours.dim);
}

function jobColour(status: JobStatus, colours: Colours): (text: string) => string {
  if (status === 'succeeded') return colours.green;
  if (status === 'failed') return colours.red;
  return status === 'running' ? colours.cyan : colours.yellow;
}

function tookText({ startedAt, finishedAt }: Job): string {
  return startedAt === null || finishedAt === null ? '' : elapsed(finishedAt - startedAt);
}

function remark({ waiting, error, unreachableSince }: Job): string {
  if (waiting !== null) return printable(waiting.message);
  if (unreachableSince !== null) return `unreachable since ${dateTime(unreachableSince)}`;
  return error === null || error.code === 'canceled' ? '' : printable(error.message.split('\n')[0] ?? '');
}
