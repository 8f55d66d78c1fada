import { BerthError } from '@berth/protocol';
import { Args } from '@oclif/core';
import { BerthCommand } from '../../berthCommand.js';
import type { ExampleTemplate } from '../../examples/exampleTemplates.js';

export default class TemplatesInit extends BerthCommand {
  static override summary = 'Copy an example template into a new folder; without a name, list the examples';
  static override enableJsonFlag = true;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> scratch my-template',
  ];
  static override args = {
    example: Args.string({ description: 'Name of the example', ignoreStdin: true }),
    directory: Args.string({ description: 'The new folder; named like the example unless given', ignoreStdin: true }),
  };

  async run(): Promise<{ examples: { name: string; description: string }[]; directory: string | null }> {
    const { args } = await this.parse(TemplatesInit);
    const [{ copyExample, listExamples }, { vendorConstructs }] = await Promise.all([
      import('../../examples/exampleTemplates.js'),
      import('../../examples/vendorConstructs.js'),
    ]);
    const all = listExamples(this.config.root);
    const examples = all.map(({ name, description }) => ({ name, description }));
    if (args.example === undefined) {
      await this.#list(all);
      return { examples, directory: null };
    }
    const example = all.find(({ name }) => name === args.example);
    if (example === undefined) {
      throw new BerthError('not_found', `there is no example '${args.example}'`, {
        hint: `There are: ${all.map(({ name }) => name).join(', ')}.`,
      });
    }
    const directory = args.directory ?? example.name;
    copyExample(example, directory);
    const install = vendorConstructs(this.config.root, directory) ? `npm install --prefix ${directory} && ` : '';
    this.tell(
      `The example ${example.name} is in ${directory}. To push it: ${install}${this.config.bin} templates push -d ${directory}`,
    );
    return { examples, directory };
  }

  async #list(examples: ExampleTemplate[]): Promise<void> {
    const { renderTable } = await import('../../output/table.js');
    const columns = [
      { title: 'NAME', value: (row: ExampleTemplate) => row.name },
      { title: 'DESCRIPTION', value: (row: ExampleTemplate) => row.description },
    ];
    this.print(renderTable(examples, columns, this.colours.dim));
  }
}
