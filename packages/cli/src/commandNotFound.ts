import { BerthError } from '@berth/protocol';
import type { Hook } from '@oclif/core';

/** Tells that there is no such command, with the nearest one that there is. Run by the command line parser. */
const commandNotFound: Hook<'command_not_found'> = async ({ id, config }) => {
  const typed = id.replaceAll(':', ' ');
  const known = config.commands.filter(command => !command.hidden).map(command => command.id.replaceAll(':', ' '));
  // Words after a command that takes no arguments are looked for as a part of its name.
  const prefix = known.find(name => typed.startsWith(`${name} `));
  if (prefix !== undefined) {
    const extra = typed.slice(prefix.length + 1);
    throw new BerthError('invalid_request', `'${config.bin} ${prefix}' takes no argument '${extra}'`);
  }
  const nearest = nearestName(typed, known);
  throw new BerthError('invalid_request', `there is no command '${config.bin} ${typed}'`, {
    hint: nearest === null ? `'${config.bin} --help' lists them.` : `Did you mean '${config.bin} ${nearest}'?`,
  });
};

export default commandNotFound;

/** The name with the fewest edits from `typed`; null when all are too far to be meant. */
export function nearestName(typed: string, names: readonly string[]): string | null {
  const ranked = names.map(name => ({ name, edits: editDistance(typed, name) })).sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best !== undefined && best.edits <= Math.max(1, Math.ceil(typed.length / 3)) ? best.name : null;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swap));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
