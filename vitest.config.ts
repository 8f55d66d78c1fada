import { defineConfig } from 'vitest/config';

const all = process.env.BERTH_TEST_ALL === '1';
// Packages resolve each other to their sources, so that a test never runs against a stale build.
// 'import' and 'module' are not named: Node would then also give ES modules to packages that require CommonJS ones.
const conditions = ['berth-source', 'node'];

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
