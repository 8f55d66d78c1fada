import { BerthError, nearestName } from '@berth/protocol';
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
