import type { Command } from '@oclif/core';
import { exitCodes } from '../output/exitCode.js';

/** A command as the reference shows it. */
type ReferenceCommand = Pick<
  Command.Class,
  'id' | 'summary' | 'description' | 'examples' | 'args' | 'baseFlags' | 'enableJsonFlag' | 'hidden'
> & {
  /** Commands without flags of their own have none. */
  flags?: Command.Class['flags'];
};

type Flag = Command.Class['flags'][string];

/** The reference of all commands as Markdown. Flags that most commands share are described once. */
export function renderReference(commands: readonly ReferenceCommand[]): string {
  const shown = commands.filter(command => !command.hidden).sort((a, b) => (a.id < b.id ? -1 : 1));
  const shared = shown.find(command => Object.keys(command.baseFlags ?? {}).length > 0)?.baseFlags ?? {};
  return `${[head(shared), index(shown), ...shown.map(section)].join('\n\n')}\n`;
}

function head(shared: Record<string, Flag>): string {
  return [
    '# Commands of `berth`',
    '`scripts/cli-reference` writes this page from the commands themselves.',
    [
      'A setting is taken from its flag, else from its environment variable, else (secrets) from the file that the variable',
      'with `_FILE` at its end names, else, for the address and token of the coordinator, from the login that `berth login`',
      'saved in `BERTH_CONFIG_DIR`. `CODER_URL`, `CODER_SESSION_TOKEN` and `CODER_PROVISIONER_DAEMON_PSK` stand for the variables',
      'of the same name, and their use is noted. Data goes to stdout and everything else to stderr. Commands with `--json` print their',
      'result as JSON, and an error as `{"error": {"code", "message", "hint", "fields"}}`.',
    ].join('\n'),
    'Exit codes:',
    table(
      ['Code', 'Meaning'],
      [
        [exitCodes.success, 'it worked; a job that was followed has succeeded'],
        [exitCodes.failed, 'the job failed or was canceled; any other error'],
        [exitCodes.usage, 'the command line, or a value on it, is wrong'],
        [exitCodes.refused, 'refused: credentials or rights do not suffice'],
        [exitCodes.unreachable, 'no coordinator answers'],
        [exitCodes.interrupted, 'ended by Ctrl-C; a job that was followed goes on'],
      ].map(row => row.map(String)),
    ),
    'Flags of every command that calls a coordinator:',
    flagTable(shared),
  ].join('\n\n');
}

function index(commands: readonly ReferenceCommand[]): string {
  const rows = commands.map(command => [`[\`${spelled(command)}\`](#${anchor(command)})`, command.summary ?? '']);
  return table(['Command', ''], rows);
}

function section(command: ReferenceCommand): string {
  const json = command.enableJsonFlag ? ' [--json]' : '';
  const flags = Object.values(command.flags ?? {}).filter(flag => !flag.hidden);
  const required = flags.filter(flag => flag.required).map(flag => ` ${longLabel(nameOf(command, flag), flag)}`);
  const usage = `${spelled(command)}${argText(command)}${required.join('')}${flags.length > required.length ? ' [FLAGS]' : ''}${json}`;
  const args = Object.entries(command.args).map(([name, arg]) => [`\`${name.toUpperCase()}\``, arg.description ?? '']);
  const examples = (command.examples ?? []).map(example => exampleText(command, example));
  return [
    `## ${spelled(command)}`,
    `${command.summary ?? ''}.`,
    ...(command.description === undefined ? [] : [command.description]),
    `\`\`\`\n${usage}\n\`\`\``,
    ...(args.length === 0 ? [] : [table(['Argument', ''], args)]),
    ...(flags.length === 0 ? [] : [flagTable(command.flags ?? {})]),
    ...(examples.length === 0 ? [] : [`\`\`\`sh\n${examples.join('\n')}\n\`\`\``]),
  ].join('\n\n');
}

function flagTable(flags: Record<string, Flag>): string {
  const rows = Object.entries(flags)
    .filter(([, flag]) => !flag.hidden)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, flag]) => [`\`${flagLabel(name, flag)}\``, flagText(flag)]);
  return table(['Flag', ''], rows);
}

function flagLabel(name: string, flag: Flag): string {
  return `${flag.char === undefined ? '' : `-${flag.char}, `}${longLabel(name, flag)}`;
}

function longLabel(name: string, flag: Flag): string {
  if (flag.type === 'boolean') return `--${flag.allowNo ? '[no-]' : ''}${name}`;
  return `--${name} ${flag.options === undefined ? (flag.helpValue ?? 'VALUE') : flag.options.join('|')}`;
}

function flagText(flag: Flag): string {
  const byDefault = flag.type === 'option' && typeof flag.default !== 'function' ? flag.default : undefined;
  const text = flag.summary ?? '';
  return byDefault === undefined || byDefault === '' ? text : `${text} (default: \`${byDefault}\`)`;
}

function argText(command: ReferenceCommand): string {
  return Object.entries(command.args)
    .map(([name, arg]) => (arg.required ? ` ${name.toUpperCase()}` : ` [${name.toUpperCase()}]`))
    .join('');
}

function exampleText(command: ReferenceCommand, example: Command.Example): string {
  const text = typeof example === 'string' ? example : `# ${example.description}\n${example.command}`;
  return text
    .replaceAll('<%= config.bin %>', 'berth')
    .replaceAll('<%= command.id %>', command.id.replaceAll(':', ' '))
    .replace(/^(?!berth|#)(.*):$/gm, '# $1');
}

function nameOf(command: ReferenceCommand, flag: Flag): string {
  return Object.entries(command.flags ?? {}).find(([, one]) => one === flag)?.[0] ?? flag.name;
}

function spelled(command: ReferenceCommand): string {
  return `berth ${command.id.replaceAll(':', ' ')}`;
}

function anchor(command: ReferenceCommand): string {
  return spelled(command).replaceAll(' ', '-');
}

function table(titles: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}
