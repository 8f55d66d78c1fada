import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const all = process.env.BERTH_TEST_ALL === '1';
// Packages resolve each other to their sources, so that a test never runs against a stale build.
// 'import' and 'module' are not named: Node would then also give ES modules to packages that require CommonJS ones.
const conditions = ['berth-source', 'node'];

/** Files that take longest begin first, so that no worker is left alone with one of them at the end. */
class LongestFirst extends BaseSequencer {
  async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) =>
      /\.long\.test\.ts$|store\/test\/[a-z]+\.test\.ts$/.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter(file => !isLong(file))];
  }
}

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', ...(all ? [] : ['**/*.long.test.ts'])],
    setupFiles: ['packages/testkit/src/leakCheck.ts'],
    pool: 'forks',
    // Much of a test is waiting for programs and disks; with more, what a test starts has to wait for a core itself.
    maxWorkers: 2,
    // Those that say that they may be: programs that mostly wait.
    maxConcurrency: 3,
    sequence: { sequencer: LongestFirst },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The default of a second is not enough for a program that waits for a core; the test's own time ends it.
    expect: { poll: { timeout: 100_000 } },
  },
});
