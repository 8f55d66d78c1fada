import { createRequire } from 'node:module';

/**
 * The values that we use of Kysely; its types are imported from it directly. Its CommonJS build is loaded because it takes
 * 60 ms where the ES modules (330 files) take 100, and the coordinator's start waits for it.
 */
const kysely: typeof import('kysely') = createRequire(import.meta.url)('kysely');

export const {
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} = kysely;
