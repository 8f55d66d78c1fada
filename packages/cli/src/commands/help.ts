import { Args, Command, loadHelpClass } from '@oclif/core';

export default class Help extends Command {
  static override summary = 'Show help, of a command if one is named';
  static override args = {
    command: Args.string({ description: 'The command', ignoreStdin: true, multiple: true }),
  };
  static override strict = false;

  async run(): Promise<void> {
    const { argv } = await this.parse(Help);
    const HelpClass = await loadHelpClass(this.config);
    await new HelpClass(this.config).showHelp(argv.map(String));
  }
}
