import { type JobLogEntry, routes } from '@berth/protocol';
import { Flags } from '@oclif/core';
import { ClientCommand } from '../clientCommand.js';
import { jobReferenceArgs, jobReferenceFlags } from '../flags/jobReference.js';

export default class Logs extends ClientCommand {
  static override summary = 'Print the log of a build';
  static override description = [
    'With --follow it goes on until the job has ended, and the exit code is 1 unless it succeeded. Ctrl-C ends this',
    'command and not the job. With --json each line is one entry.',
  ].join(' ');
  static override examples = [
    '<%= config.bin %> <%= command.id %> dev',
    '<%= config.bin %> <%= command.id %> dev --build 3',
    '<%= config.bin %> <%= command.id %> dev --follow',
  ];
  static override args = jobReferenceArgs;
  static override flags = {
    ...jobReferenceFlags,
    follow: Flags.boolean({ char: 'f', summary: 'Go on until the job has ended' }),
    timestamps: Flags.boolean({ summary: 'Begin each line with its time' }),
    json: Flags.boolean({ summary: 'One entry a line, as JSON' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Logs);
    const client = await this.client(flags);
    const [{ findJob }, { followToEnd }, { LogPrinter }, { exitCodes }] = await Promise.all([
      import('../lookups/jobs.js'),
      import('../follow/followToEnd.js'),
      import('../follow/logPrinter.js'),
      import('../output/exitCode.js'),
    ]);
    const { job } = await findJob(client, { workspace: args.workspace, build: flags.build, job: flags.job });
    const printer = new LogPrinter({
      print: line => this.print(line),
      tell: line => this.tell(line),
      colours: this.colours,
      timestamps: flags.timestamps,
      json: flags.json,
    });
    if (!flags.follow) {
      for await (const entry of this.#stored(client, job.id)) printer.addEntry(entry);
      return;
    }
    const ended = await followToEnd(client, job.id, printer, new AbortController().signal);
    if (ended.job.status !== 'succeeded') this.exitWith(exitCodes.failed);
  }

  /** What is stored at this moment, in pages. */
  async *#stored(client: Awaited<ReturnType<Logs['client']>>, job: string): AsyncGenerator<JobLogEntry> {
    let after = 0;
    while (true) {
      const { items, complete } = await client.call(routes.jobLogs, { params: { job }, query: { after } });
      yield* items;
      const last = items.at(-1);
      if (last === undefined || complete) return;
      after = last.seq;
    }
  }
}
