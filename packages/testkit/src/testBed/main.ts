/** The program of `scripts/testbed`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildParts } from './buildParts.js';
import { clusterDown, clusterUp, isUp } from './cluster/cluster.js';
import { defaultRunFolder, runFolder } from './cluster/runFolder.js';
import { clusterParts } from './cluster/startCluster.js';
import { formatEnvironment } from './environment.js';
import { isPartName, type PartName, partNames } from './parts.js';
import { startProgress } from './progress.js';
import { formatStatus } from './status.js';

const usage = `usage: scripts/testbed build [PART...]
       scripts/testbed up|down|env|status [--run FOLDER]
parts: ${partNames.join(' ')}
`;

const { command, names, folder } = readArguments();
const out = process.stderr;

switch (command) {
  case 'build':
    process.exitCode = (await build(names)) ? 0 : 1;
    break;
  case 'up':
    process.exitCode = (await build(clusterParts)) && (await up()) ? 0 : 1;
    break;
  case 'down':
    await clusterDown(folder);
    break;
  case 'env':
    if (isUp(folder)) process.stdout.write(formatEnvironment(folder));
    else fail('the cluster is not up: scripts/testbed up');
    break;
  case 'status':
    process.stdout.write(formatStatus(names, folder));
    break;
  default:
    refuse(command === undefined ? undefined : `no such command: ${command}`);
}

async function build(wanted: readonly PartName[]): Promise<boolean> {
  const failed = await buildParts(wanted, out);
  return failed.length === 0;
}

async function up(): Promise<boolean> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));
  }
  const progress = startProgress('cluster', out);
  try {
    const started = await clusterUp(folder, { withUs: false, report: progress.report, signal: interrupted.signal });
    progress.end(started ? 'up' : 'was up already');
    const run = folder.path === defaultRunFolder() ? '' : ` --run '${folder.path}'`;
    out.write(`to use it: eval "$(scripts/testbed env${run})"; to end it: scripts/testbed down${run}\n`);
    return true;
  } catch (error) {
    progress.end(`failed: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

function readArguments() {
  try {
    const options = { run: { type: 'string' } } as const;
    const { positionals, values } = parseArgs({ allowPositionals: true, options });
    const [given, ...parts] = positionals;
    const stranger = parts.find(name => !isPartName(name));
    if (stranger !== undefined) refuse(`no such part: ${stranger}`);
    const chosen = parts.filter(isPartName);
    return {
      command: given,
      names: chosen.length > 0 ? chosen : partNames,
      // The script changes the folder before it starts this.
      folder: runFolder(
        values.run === undefined ? defaultRunFolder() : resolve(process.env.INIT_CWD ?? '', values.run),
      ),
    };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function refuse(problem?: string): never {
  out.write(`${problem === undefined ? '' : `${problem}\n`}${usage}`);
  process.exit(2);
}

function fail(problem: string): void {
  out.write(`${problem}\n`);
  process.exitCode = 1;
}
