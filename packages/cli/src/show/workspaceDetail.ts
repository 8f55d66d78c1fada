import type { Output, Resource, Workspace } from '@berth/protocol';
import { noteLines } from '../follow/jobResult.js';
import type { Colours } from '../output/colour.js';
import { errorText } from '../output/errorText.js';
import { printable } from '../output/printable.js';
import { type Column, renderFields, renderTable } from '../output/table.js';
import { relativeTime } from '../output/time.js';
import { incompleteText } from './incompleteText.js';
import { jobFields } from './jobFields.js';
import { outputLines } from './outputLines.js';
import { parameterText } from './parameterText.js';
import { section } from './section.js';
import { statusColour } from './workspaceTable.js';

/** All there is to say about one workspace. */
export function workspaceDetail(
  workspace: Workspace,
  made: { resources: readonly Resource[]; outputs: readonly Output[] },
  { now, colours }: { now: number; colours: Colours },
): string {
  const build = workspace.latestBuild;
  const head = renderFields(
    [
      ['workspace', colours.bold(`${workspace.owner.username}/${workspace.name}`)],
      ['status', statusColour(workspace.status, colours)(workspace.status)],
      ['state', incomplete(workspace, colours)],
      ['template', `${workspace.template.name} ${build.version.name}${workspace.outdated ? ' (outdated)' : ''}`],
      ['organization', workspace.organization.name],
      ['created', relativeTime(workspace.createdAt, now)],
      [
        'build',
        `${build.number} (${build.transition}) by ${build.initiator.username}, ${relativeTime(build.createdAt, now)}`,
      ],
      ...jobFields(build.job, now),
    ],
    colours.dim,
  );
  const parameters = build.parameters.map(parameter => [parameter.name, parameterText(parameter, colours)] as const);
  const parts = [
    head,
    ...(build.job.error === null || build.job.status === 'canceled' ? [] : [errorText(build.job.error, colours)]),
    ...noteLines(build.job, colours),
    section('Parameters', renderFields(parameters, colours.dim), colours),
    section('Resources', resourceTable(made.resources, colours), colours),
    section('Outputs', outputLines(made.outputs, colours).join('\n'), colours),
  ];
  return parts.filter(part => part !== '').join('\n\n');
}

function incomplete({ stateIncomplete }: Workspace, colours: Colours): string | null {
  return stateIncomplete === null ? null : colours.red(incompleteText(stateIncomplete));
}

function resourceTable(resources: readonly Resource[], colours: Colours): string {
  if (resources.length === 0) return '';
  const columns: Column<Resource>[] = [
    { title: 'ADDRESS', value: row => printable(row.address) },
    { title: 'KIND', value: row => (row.mode === 'data' ? 'data' : '') },
    { title: 'STATE', value: row => (row.tainted ? 'tainted: it will be replaced' : '') },
  ];
  return renderTable(resources, columns, colours.dim);
}
