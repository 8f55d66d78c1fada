import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';
import { sql } from '../../src/sql/kysely.js';
import { migrate } from '../../src/sql/migrations/migrate.js';
import { selectHeads } from '../../src/sql/queue/heads.js';
import { openSqlite } from '../../src/sqlite/open.js';

test('a claim reads the heads of its lanes from the indexes of what waits, and scans nothing', async () => {
  const { database, capabilities } = openSqlite(join(tempDir(), 'berth.sqlite'), { now: Date.now });
  await migrate(database, capabilities);
  const plan = await database.read(async tx => {
    const { sql: text, parameters } = selectHeads(tx, [1, 2, 3]).compile();
    // The statement's own text, with values in the places that `?` marks.
    const parts = text.split('?');
    const statement = sql.join(
      parts.flatMap((part, i) => (i === 0 ? [sql.raw(part)] : [sql.val(parameters[i - 1]), sql.raw(part)])),
      sql``,
    );
    const { rows } = await sql<{ detail: string }>`explain query plan ${statement}`.execute(tx.db);
    return rows.map(row => row.detail);
  });
  await database.close();
  const of = (name: string) => plan.filter(line => line.includes(name));
  expect(of(' head ')).toEqual(['SEARCH head USING INDEX jobs_queued_by_share (lane_id=?)']);
  expect(of(' oldest ')).toEqual(['SEARCH oldest USING INDEX jobs_queued_by_age (lane_id=? AND created_at<?)']);
  expect(of(' jobs ')).toEqual([expect.stringMatching(/^SEARCH jobs USING INDEX \S+ \(id=\?\)$/)]);
  expect(plan.filter(line => /\bSCAN\b|TEMP B-TREE/.test(line))).toEqual([]);
});
