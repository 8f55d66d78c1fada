import type { BuildSpan } from './builds.js';
import { type Happened, isIn } from './happen.js';
import type { Problem } from './problem.js';
import type { FaultsResult } from './run.js';

const columns = ['fault', 'times', 'recovered p50', 'max', 'lost', 'doubled', 'orphaned', 'overlapped'];

/** A line for each kind of fault: how often it happened, how long recovery took, and in how many problems it had a part. */
export function faultTable({ happened, problems, spans }: FaultsResult): string {
  const names = [...new Set(happened.map(({ fault }) => fault.name))].sort();
  const rows = names.map(name => {
    const times = happened.filter(({ fault }) => fault.name === name);
    const recoveries = times.flatMap(({ recoveryMs }) => recoveryMs ?? []).sort((a, b) => a - b);
    const near = problems.filter(problem => times.some(fault => hadPart(fault, problem, spans)));
    const count = (kind: Problem['kind']) => String(near.filter(problem => problem.kind === kind).length);
    return [
      name,
      String(times.length),
      seconds(recoveries[Math.floor(recoveries.length / 2)]),
      seconds(recoveries.at(-1)),
      ...[count('lost'), count('doubled'), count('orphaned'), count('overlapped')],
    ];
  });
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map(row => row[index]?.length ?? 0)));
  const line = (row: string[]) =>
    row
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ');
  return [columns, ...rows].map(line).join('\n');
}

export function summaryOf({ builds, problems, inFlight, happened }: FaultsResult): string {
  const ended = ['succeeded', 'failed', 'canceled'].map(
    status => `${builds.filter(build => build.status === status).length} ${status}`,
  );
  return [
    `${happened.length} faults`,
    `${builds.length} builds: ${ended.join(', ')}`,
    `${inFlight} objects in flight when their maker was killed`,
    `${problems.length} problems`,
  ].join('; ');
}

function hadPart(fault: Happened, problem: Problem, spans: readonly BuildSpan[]): boolean {
  return spans.some(span => span.workspace === problem.workspace && span.number === problem.build && isIn(span, fault));
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '-' : `${(ms / 1000).toFixed(1)} s`;
}
