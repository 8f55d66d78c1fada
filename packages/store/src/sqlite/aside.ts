import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { BerthError } from '@berth/protocol';

/** What a statement gave: its rows. */
type Rows = Record<string, string | number | null>[];

/**
 * Runs statements on a connection of their own in a thread of their own: what takes seconds would else hold up everything.
 * They see one moment of the database each, and others may write meanwhile.
 *
 * @throws BerthError `unavailable` with what SQLite says
 */
export function runAside(file: string, statements: readonly string[]): Promise<Rows[]> {
  const module = createRequire(import.meta.url).resolve('better-sqlite3');
  const worker = new Worker(program, { eval: true, workerData: { module, file, statements } });
  return new Promise((resolve, reject) => {
    let answer: Answer = { failed: 'the thread beside it has ended' };
    worker.on('message', (told: Answer) => {
      answer = told;
    });
    worker.once('error', reject);
    // Not before: the connection is open until then.
    worker.once('exit', () => {
      if ('rows' in answer) resolve(answer.rows);
      else reject(new BerthError('unavailable', `the database does not answer: ${answer.failed}`));
    });
  });
}

type Answer = { rows: Rows[] } | { failed: string };

/** A text and no file: the command is bundled into one. */
const program = `
  const { parentPort, workerData } = require('node:worker_threads');
  const Database = require(workerData.module);
  let db;
  try {
    db = new Database(workerData.file, { fileMustExist: true, timeout: 10000 });
    const rows = workerData.statements.map(text => {
      const statement = db.prepare(text);
      if (statement.reader) return statement.all();
      statement.run();
      return [];
    });
    parentPort.postMessage({ rows });
  } catch (error) {
    parentPort.postMessage({ failed: error.message });
  } finally {
    db?.close();
  }`;
