import { defineConfig } from 'vitest/config';

const all = process.env.BERTH_TEST_ALL === '1';
// Packages resolve each other to their sources, so that a test never runs against a stale build.
const conditions = ['berth-source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', ...(all ? [] : ['**/*.long.test.ts'])],
    setupFiles: ['packages/testkit/src/leakCheck.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
