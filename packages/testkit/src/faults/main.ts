import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostgres, startPostgres } from '../postgres.js';
import { FaultsDatabase } from './database.js';
import { type FaultsOptions, readOptions, usage } from './options.js';
import { faultTable, summaryOf } from './report.js';
import { runFaults } from './run.js';
import { SmallDisks } from './smallDisks.js';

/** The command `scripts/faults`. */
async function main(options: FaultsOptions): Promise<number> {
  if (options.postgres && findPostgres() === null) throw new Error('Postgres is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'berth-faults-'));
  console.log(`seed ${options.seed}, in ${folder}`);
  const server = options.postgres ? await startPostgres({ durable: true }) : null;
  let database: FaultsDatabase | null = null;
  const disks = new SmallDisks();
  process.once('exit', () => disks.unmount());
  let bad = true;
  try {
    if (server !== null) database = await FaultsDatabase.on(server);
    else if (options.databaseUrl !== null) database = await FaultsDatabase.beside(options.databaseUrl);
    const result = await runFaults({ options, folder, database, disks });
    const { problems } = result;
    console.log(`\n${faultTable(result)}\n`);
    for (const { kind, workspace, build, text } of problems)
      console.log(`${kind}: ${workspace} build ${build}: ${text}`);
    console.log(summaryOf(result));
    bad = problems.length > 0;
  } finally {
    await server?.stop();
    if (bad) {
      disks.keep();
      const also = database !== null && server === null ? ` and the database ${database.name}` : '';
      console.log(`seed ${options.seed}: what the run left is in ${folder}${also}`);
    } else if (!options.keep) {
      if (server === null) await database?.drop();
      disks.unmount();
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return bad ? 1 : 0;
}

process.setMaxListeners(100);
// Ends by the way out, which ends what was started.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(2));

let code = 2;
try {
  code = await main(optionsGiven());
} catch (error) {
  console.error(error);
}
// Builders of a run that was given up would go on.
process.exit(code);

function optionsGiven(): FaultsOptions {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    process.exit(2);
  }
}
