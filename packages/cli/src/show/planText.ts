import type { DryRun, DryRunChange } from '@berth/protocol';
import type { Colours } from '../output/colour.js';
import { printable } from '../output/printable.js';

/** How each action reads, and the sign before it: the engine's own. */
const actions: Record<string, { sign: string; verb: string }> = {
  create: { sign: '+', verb: 'create' },
  update: { sign: '~', verb: 'change' },
  replace: { sign: '±', verb: 'replace' },
  delete: { sign: '-', verb: 'destroy' },
  read: { sign: '<', verb: 'read' },
  import: { sign: '=', verb: 'import' },
  move: { sign: '>', verb: 'move' },
  forget: { sign: '.', verb: 'forget' },
};

/** The engine's reasons, in words. What forces a replacement is told by its attributes. */
const reasons: Record<string, string> = {
  tainted: 'it was left half made',
  requested: 'it was asked for',
  replace_triggered_by: 'what it is to be replaced with changes',
  delete_because_no_resource_config: 'the template has it no more',
  delete_because_no_module: 'the template has its module no more',
  delete_because_wrong_repetition: 'the template makes it another number of times',
  delete_because_count_index: 'the template makes fewer of them',
  delete_because_each_key: 'the template makes none of this key',
};

/** Every change of a plan with its reason, and the counts. */
export function planText({ changes, plan }: Pick<DryRun, 'changes' | 'plan'>, colours: Colours): string {
  const shown = inOrder((changes ?? []).filter(({ action }) => action !== 'no-op'));
  const lines = shown.flatMap(change => changeLines(change, colours));
  const { add, change, remove } = plan ?? { add: 0, change: 0, remove: 0 };
  if (shown.length === 0) return 'Nothing would change.';
  return [...lines, '', `Plan: ${add} to add, ${change} to change, ${remove} to destroy.`].join('\n');
}

/** The changes by which something is lost that a stop would leave. */
export function losses({ changes }: Pick<DryRun, 'changes'>): DryRunChange[] {
  return inOrder((changes ?? []).filter(change => change.survivesStop === true));
}

/** The engine tells them as it comes upon them. */
function inOrder(changes: DryRunChange[]): DryRunChange[] {
  return changes.sort((a, b) => (a.address < b.address ? -1 : 1));
}

export function changeLines(change: DryRunChange, colours: Colours): string[] {
  const { action, address, previousAddress, attributes } = change;
  const { sign, verb } = actions[action] ?? { sign: ' ', verb: action };
  const from = action === 'move' && previousAddress !== null ? ` from ${printable(previousAddress)}` : '';
  const why = reasonOf(change);
  const kept = change.survivesStop === true ? colours.red(' (what it holds is lost)') : '';
  const head = `${paint(action, colours)(sign)} ${printable(address)}: ${verb}${from}${why === null ? '' : `, ${why}`}${kept}`;
  return [head, ...attributes.map(attribute => `    ${attributeText(attribute, colours)}`)];
}

function reasonOf({ reason, attributes }: DryRunChange): string | null {
  if (reason !== null && reason in reasons) return reasons[reason] ?? null;
  const forcing = attributes.filter(attribute => attribute.forcesReplacement).map(({ name }) => printable(name));
  if (forcing.length > 0) return `because of ${forcing.join(', ')}`;
  return reason === null || reason === 'cannot_update' ? null : printable(reason.replaceAll('_', ' '));
}

function attributeText(attribute: DryRunChange['attributes'][number], colours: Colours): string {
  const { name, before, after, sensitive, forcesReplacement } = attribute;
  const values = sensitive
    ? '(sensitive)'
    : `${printable(before ?? '(none)')} → ${printable(after ?? '(known after the apply)')}`;
  return `${printable(name)}: ${values}${forcesReplacement ? colours.red('  forces the replacement') : ''}`;
}

function paint(action: string, colours: Colours): (text: string) => string {
  if (action === 'create') return colours.green;
  return action === 'delete' || action === 'replace' ? colours.red : colours.yellow;
}
