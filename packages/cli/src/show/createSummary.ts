import { openVariables, type ParameterValues, type TemplateVersion, valueNamed } from '@berth/protocol';
import { writeValue } from '../ask/parameterQuestion.js';
import type { Colours } from '../output/colour.js';
import { printable } from '../output/printable.js';
import { renderFields } from '../output/table.js';

/** What will be created, before it is: template, version and every open parameter. */
export function createSummary(
  name: string,
  version: TemplateVersion,
  parameters: ParameterValues,
  colours: Colours,
): string {
  const open = openVariables(version.variables ?? [], version.pinned);
  const fields = open.map(variable => {
    const given = valueNamed(parameters, variable.name);
    if (variable.ephemeral && given !== undefined) return [variable.name, '(for this build alone)'] as const;
    if (variable.sensitive) return [variable.name, given === undefined ? '(default)' : '(sensitive)'] as const;
    if (given !== undefined) return [variable.name, printable(writeValue(variable.type, given))] as const;
    const text = printable(writeValue(variable.type, variable.default));
    return [
      variable.name,
      variable.hasDefault ? `${text} ${colours.dim('(default)')}` : colours.red('missing'),
    ] as const;
  });
  const head = `Workspace ${colours.bold(name)} of template ${version.template.name} (version ${version.name})`;
  return fields.length === 0 ? head : `${head}\n${indent(renderFields(fields, colours.dim))}`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
