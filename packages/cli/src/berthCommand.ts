import { Command, type Interfaces } from '@oclif/core';
import { type Colours, coloursFor } from './output/colour.js';
import { sourceOf } from './settings/setting.js';

/**
 * Base of every command: settings are filled in from the environment, data goes to stdout and everything else to
 * stderr, and an error is told as message, hint and fields with an exit code of `output/exitCode.ts`. What only some
 * commands or only errors need is imported when it is needed, because the start of the program is what users wait for.
 */
export abstract class BerthCommand extends Command {
  #exitCode = 0;

  /** Prints data: to stdout, and not at all where `--json` prints the result instead. */
  protected print(text: string): void {
    if (!this.jsonEnabled()) process.stdout.write(`${text}\n`);
  }

  /** Tells the user something beside the data: to stderr. */
  protected tell(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** Advice or a warning, on stderr. */
  protected note(text: string): void {
    this.tell(`${this.errColours.yellow('Note:')} ${text}`);
  }

  protected get colours(): Colours {
    return coloursFor(process.stdout);
  }

  protected get errColours(): Colours {
    return coloursFor(process.stderr);
  }

  /** Whether questions can be asked: somebody sits before both ends. */
  protected get interactive(): boolean {
    return process.stdin.isTTY === true && process.stderr.isTTY === true && !this.jsonEnabled();
  }

  /** Exit code of a command that did its work: a job that it followed may have failed. Also that of an error thrown after it. */
  protected exitWith(code: number): void {
    this.#exitCode = code;
  }

  /** The command as its user typed it, without arguments. */
  protected get spelled(): string {
    return `${this.config.bin} ${(this.id ?? '').replaceAll(':', ' ')}`;
  }

  protected override async parse<
    F extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    B extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    A extends Interfaces.OutputArgs<Interfaces.ArgInput>,
  >(options?: Interfaces.Input<F, B, A>, argv = this.argv): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse(options, argv);
    // Values of parameters may be secrets, too: as far as they reach, arguments are taken off what others see.
    if (valueFlags.some(name => name in parsed.flags)) process.title = this.spelled;
    const definitions = { ...this.ctor.baseFlags, ...this.ctor.flags };
    if (!Object.values(definitions).some(flag => sourceOf(flag) !== undefined)) return parsed;
    const { findSettings, visibleSecrets } = await import('./settings/environment.js');
    const given = givenFlags(parsed);
    for (const { flag, env } of visibleSecrets(definitions, given)) {
      // Takes the arguments off this process as others see it, as far as they reach; until now they were visible.
      process.title = this.spelled;
      this.note(`--${flag} was visible in this machine's list of processes; ${env} and ${env}_FILE are not.`);
    }
    const found = findSettings(definitions, given, process.env);
    for (const { from, aliasOf } of found) if (aliasOf !== null) this.note(`${from} is used as ${aliasOf}.`);
    if (found.length === 0) return parsed;
    try {
      return await super.parse(options, [...found.flatMap(setting => setting.argv), ...argv]);
    } catch (error) {
      throw await namingSource(error, found, this.spelled);
    }
  }

  override async catch(error: unknown): Promise<void> {
    if (process.env.DEBUG === 'berth') console.error(error);
    const [{ toBerthError }, { errorText }, { exitCodeOf, exitCodes }] = await Promise.all([
      import('./output/toBerthError.js'),
      import('./output/errorText.js'),
      import('./output/exitCode.js'),
    ]);
    if (error instanceof Error && error.name === 'ExitPromptError') {
      this.tell('\nNothing was done.');
      return this.exitWith(exitCodes.interrupted);
    }
    const told = toBerthError(error, this.spelled);
    if (this.jsonEnabled()) this.logJson({ error: told.toBody() });
    this.tell(errorText(told, this.errColours));
    if (this.#exitCode === exitCodes.success) this.exitWith(exitCodeOf(told.code));
  }

  override async finally(_: Error | undefined): Promise<void> {
    process.exitCode = this.#exitCode;
  }
}

/** Flags whose texts hold values of a template's variables. */
const valueFlags = ['parameter', 'variable', 'sample'];

/** The flags that stood on the command line. */
function givenFlags(parsed: {
  flags: Record<string, unknown>;
  metadata: { flags: Record<string, { setFromDefault?: boolean } | undefined> };
}): Record<string, unknown> {
  const given = Object.entries(parsed.flags).filter(([name]) => parsed.metadata.flags[name]?.setFromDefault !== true);
  return Object.fromEntries(given);
}

/** An error about a flag that was never typed names the variable that its value came from. */
async function namingSource(
  error: unknown,
  found: readonly { flag: string; from: string }[],
  command: string,
): Promise<unknown> {
  if (!(error instanceof Error)) return error;
  const { toBerthError } = await import('./output/toBerthError.js');
  const told = toBerthError(error, command);
  const source = found.find(({ flag }) => told.message.includes(`--${flag}`));
  if (source !== undefined) told.message = told.message.replace(`--${source.flag}`, source.from);
  return told;
}
