import { expect, onTestFinished, test } from 'vitest';
import { findPostgres, startPostgres } from '../src/index.js';

test('a Postgres of its own starts, crashes, comes back and ends', async ({ skip }) => {
  if (findPostgres() === null) skip('Postgres is not installed');
  const postgres = await startPostgres({ durable: true });
  onTestFinished(() => postgres.stop());
  postgres.sql('CREATE TABLE kept (n int)');
  await postgres.halt('immediate');
  expect(() => postgres.sql('SELECT 1')).toThrow();
  await postgres.resume();
  postgres.sql('INSERT INTO kept VALUES (1)');
});
