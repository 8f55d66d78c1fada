import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '../src/index.js';

const cases: { leak: string; body: string; says: string }[] = [
  {
    leak: 'a process',
    body: `const c = spawn('sleep', ['4'], { detached: true, stdio: 'ignore' }); c.unref();`,
    says: 'process',
  },
  { leak: 'a socket', body: `await new Promise(done => createServer().listen(0, '127.0.0.1', done));`, says: 'socket' },
  { leak: 'a file', body: `writeFileSync(tmpdir() + '/left', '');`, says: 'file' },
  { leak: 'nothing', body: '', says: '1 passed' },
];

test.each(cases)('a test file that leaves $leak behind is told so', async ({ leak, body, says }) => {
  const folder = join(import.meta.dirname, '..', 'dist', `leak-${leak.replaceAll(' ', '-')}`);
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(import.meta.dirname, '../src/leakCheck.ts'), join(folder, 'leakCheck.ts'));
  writeFileSync(
    join(folder, 'inner.test.ts'),
    `import { spawn } from 'node:child_process';
     import { writeFileSync } from 'node:fs';
     import { createServer } from 'node:net';
     import { tmpdir } from 'node:os';
     import { test } from 'vitest';
     test('leaks', async () => { ${body} });`,
  );
  writeFileSync(join(folder, 'vitest.config.mjs'), `export default { test: { setupFiles: ['./leakCheck.ts'] } };`);
  const { output, code } = await runVitest(folder, tempDir());
  expect(output).toContain(says);
  expect(code === 0).toBe(leak === 'nothing');
});

/** Runs the tests of `folder` in a vitest of its own, with `temporary` as its TMPDIR. */
function runVitest(folder: string, temporary: string): Promise<{ output: string; code: number }> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  return new Promise(resolve => {
    const child = execFile(
      process.execPath,
      [vitest, 'run', '--root', folder, '--config', join(folder, 'vitest.config.mjs')],
      { env: { PATH: process.env.PATH, TMPDIR: temporary, NO_COLOR: '1' } },
      (_error, stdout, stderr) => resolve({ output: stdout + stderr, code: child.exitCode ?? 1 }),
    );
  });
}
