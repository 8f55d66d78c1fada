/**
 * Reporter of vitest that prints why each skipped test was skipped and, as the very last line, the counts. A test file
 * that cannot be loaded, an error outside of tests and a failed `scripts/check` count as one failure each.
 */
export default class TestSummary {
  onTestRunEnd(modules, unhandledErrors) {
    let passed = 0;
    let failed = Number(process.env.BERTH_TEST_EXTRA_FAILURES ?? 0) + unhandledErrors.length;
    const skipped = new Map();
    let skips = 0;
    for (const module of modules) {
      let failures = 0;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') passed++;
        else if (result.state === 'failed') failures++;
        else {
          skips++;
          // A whole group that is skipped says why in its own name.
          const reason =
            result.note ??
            /\(skipped: ([^()]*)\)/.exec(test.fullName)?.[1] ??
            /\(([^()]*)\)\s*$/.exec(test.name)?.[1] ??
            'no reason given';
          skipped.set(reason, [...(skipped.get(reason) ?? []), test.fullName]);
        }
      }
      if (failures === 0 && module.state() === 'failed') failures = 1;
      failed += failures;
    }
    for (const [reason, names] of skipped) process.stdout.write(`skipped ${names.length}: ${reason} (${names[0]} …)\n`);
    if (failed > 0) process.exitCode = 1;
    process.on('exit', () => process.stdout.write(`${passed} passed, ${failed} failed, ${skips} skipped\n`));
  }
}
