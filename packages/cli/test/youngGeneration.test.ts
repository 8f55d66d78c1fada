import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

const limiter = new URL('../dist/services/youngGeneration.js', import.meta.url);

/** Size of the space for new objects in a process that has made many which lived for a moment, in MiB. */
function youngGeneration(prepare: string): number {
  const program = `
    import { getHeapSpaceStatistics } from 'node:v8';
    ${prepare}
    let kept = [];
    for (let i = 0; i < 300; i++) {
      kept.push(JSON.parse('[' + '{"a":1},'.repeat(4_999) + '0]'));
      if (kept.length > 80) kept = [];
      await new Promise(resolve => setImmediate(resolve));
    }
    console.log(getHeapSpaceStatistics().find(space => space.space_name === 'new_space').space_size);
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
  return Number(output) / 1024 / 1024;
}

test('new objects take little memory in a process that runs for long', () => {
  expect(youngGeneration('')).toBeGreaterThan(16);
  const limited = youngGeneration(`(await import('${limiter}')).limitYoungGeneration();`);
  expect(limited).toBeLessThanOrEqual(8);
});
