import type { Workspace, WorkspaceStatus } from '@berth/protocol';
import type { Colours } from '../output/colour.js';
import { type Column, renderTable } from '../output/table.js';
import { dateTime, relativeTime } from '../output/time.js';
import { incompleteText } from './incompleteText.js';

export function workspaceTable(
  workspaces: readonly Workspace[],
  { withOwner, now, colours }: { withOwner: boolean; now: number; colours: Colours },
): string {
  const columns: Column<Workspace>[] = [
    { title: 'NAME', value: ({ name, owner }) => (withOwner ? `${owner.username}/${name}` : name) },
    { title: 'STATUS', value: row => row.status, style: (cell, row) => statusColour(row.status, colours)(cell) },
    { title: 'TEMPLATE', value: row => row.template.name },
    { title: 'VERSION', value: row => row.latestBuild.version.name + (row.outdated ? ' (outdated)' : '') },
    { title: 'BUILD', value: row => String(row.latestBuild.number), align: 'right' },
    { title: 'CHANGED', value: row => relativeTime(row.latestBuild.createdAt, now) },
    { title: 'REMARK', value: remark },
  ];
  return renderTable(workspaces, columns, colours.dim);
}

function remark({ latestBuild: { job }, stateIncomplete }: Workspace): string {
  return [
    ...(job.unreachableSince === null ? [] : [`unreachable since ${dateTime(job.unreachableSince)}`]),
    ...(stateIncomplete === null ? [] : [incompleteText(stateIncomplete)]),
  ].join('; ');
}

export function statusColour(status: WorkspaceStatus, colours: Colours): (text: string) => string {
  if (status === 'running') return colours.green;
  if (status === 'failed' || status === 'unreachable') return colours.red;
  if (status === 'stopped' || status === 'deleted') return colours.dim;
  return colours.yellow;
}
