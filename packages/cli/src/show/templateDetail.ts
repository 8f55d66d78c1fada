import {
  formatTags,
  formatType,
  openVariables,
  type Template,
  type TemplateVersion,
  type VariableDeclaration,
} from '@berth/protocol';
import { writeValue } from '../ask/parameterQuestion.js';
import type { Colours } from '../output/colour.js';
import { errorText } from '../output/errorText.js';
import { printable } from '../output/printable.js';
import { type Column, renderFields, renderTable } from '../output/table.js';
import { relativeTime } from '../output/time.js';
import { jobFields } from './jobFields.js';
import { section } from './section.js';

/** All there is to say about a template and one version of it, but for its README. */
export function templateDetail(
  template: Template,
  version: TemplateVersion,
  { now, colours }: { now: number; colours: Colours },
): string {
  const head = renderFields(
    [
      ['template', colours.bold(template.name)],
      ['description', printable(template.description)],
      ['deprecated', template.deprecated === null ? null : colours.yellow(printable(template.deprecated))],
      ['organization', template.organization.name],
      ['version', `${version.name}${version.active ? ' (active)' : ''}`],
      ['message', printable(version.message)],
      ['pushed', `${relativeTime(version.createdAt, now)} by ${version.createdBy.username}`],
      ['tags', printable(formatTags(version.tags))],
      ['engine', version.engine === null ? null : printable(`${version.engine} ${version.engineVersion ?? ''}`.trim())],
      ['pinned', version.pinned.join(', ')],
      ['workspaces', String(template.workspaces)],
      // The tags of its import are the version's own.
      ...(version.job.status === 'succeeded' ? [] : jobFields(version.job, now).filter(([name]) => name !== 'tags')),
    ],
    colours.dim,
  );
  const open = openVariables(version.variables ?? [], version.pinned);
  const parts = [
    head,
    ...(version.job.error === null ? [] : [errorText(version.job.error, colours)]),
    section('Parameters', open.length === 0 ? '' : renderTable(open, parameterColumns, colours.dim), colours),
    section('Outputs', outputList(version), colours),
    section(
      'Plugins',
      version.plugins.map(one => printable(`${one.address} ${one.version ?? ''}`.trim())).join('\n'),
      colours,
    ),
  ];
  return parts.filter(part => part !== '').join('\n\n');
}

const parameterColumns: Column<VariableDeclaration>[] = [
  { title: 'NAME', value: row => row.name },
  { title: 'TYPE', value: row => formatType(row.type) },
  { title: 'DEFAULT', value: defaultText },
  { title: 'DESCRIPTION', value: row => printable(row.description ?? '') },
];

function defaultText({ hasDefault, sensitive, ephemeral, type, default: value }: VariableDeclaration): string {
  if (!hasDefault) return ephemeral ? 'needed at each build' : 'needed';
  return sensitive ? '(sensitive)' : printable(writeValue(type, value)) || '""';
}

function outputList({ outputs }: TemplateVersion): string {
  const fields = outputs.map(({ name, description, sensitive }) => {
    const text = [printable(description ?? ''), ...(sensitive ? ['(sensitive)'] : [])].join(' ').trim();
    return [name, text === '' ? '-' : text] as const;
  });
  return renderFields(fields);
}
