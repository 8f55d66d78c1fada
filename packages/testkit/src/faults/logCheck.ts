import type { Client } from '@berth/client';
import { type JobLogEntry, routes } from '@berth/protocol';
import { insist } from './builds.js';

/** All log entries of a job. */
async function logOf(client: Client, job: string): Promise<JobLogEntry[]> {
  const entries: JobLogEntry[] = [];
  for (;;) {
    const after = entries.at(-1)?.seq ?? 0;
    const { items } = await insist(() => client.call(routes.jobLogs, { params: { job }, query: { after } }));
    if (items.length === 0) return entries;
    entries.push(...items);
  }
}

/** What the log of a build says. */
export interface BuildLog {
  /** What is wrong with its order: numbers of entries, or numbered lines, that are missing or doubled. */
  problems: { kind: 'lost' | 'doubled'; of: 'entries' | 'lines'; text: string }[];
  /** Addresses of the resources that it says were completely made. */
  made: Set<string>;
}

/**
 * Reads the log of a build and checks that it is a beginning of what was printed, each line once and in order: the
 * entries of each attempt count from 1, and so do the numbered lines of each resource.
 */
export async function readLog(client: Client, job: string): Promise<BuildLog> {
  const problems: BuildLog['problems'] = [];
  const made = new Set<string>();
  const next = new Map<string, number>();
  const expect = (of: 'entries' | 'lines', counter: string, first: number, number: number) => {
    const wanted = next.get(counter) ?? first;
    const kind = number < wanted ? 'doubled' : 'lost';
    if (number !== wanted) problems.push({ kind, of, text: `${counter}: ${number} where ${wanted} was due` });
    next.set(counter, number + 1);
  };
  for (const { seq, attempt, entry } of await logOf(client, job)) {
    expect('entries', 'entry', 1, seq);
    expect('entries', `attempt ${attempt}`, 1, entry.n);
    if (entry.kind === 'resource' && entry.state === 'complete' && entry.action === 'create') made.add(entry.address);
    if (entry.kind !== 'text') continue;
    const line = /(?:^|\s)line (\d+)\.(\d+)\.(\d+)$/.exec(entry.text);
    // The command itself is printed, too.
    if (line !== null) expect('lines', `line ${line[1]}.${line[2]}`, 0, Number(line[3]));
  }
  return { problems, made };
}
