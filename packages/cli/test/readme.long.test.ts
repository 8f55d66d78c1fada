import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');

test('the walkthrough of the README runs as it stands', async () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, block = ''] = /<!-- walkthrough -->\n```sh\n([\s\S]*?)```\n<!-- \/walkthrough -->/.exec(readme) ?? [];
  // Its fixed port may be in use on this machine.
  const commands = block.replaceAll('7400', String(await freePort()));
  const folder = tempDir();
  const script = [
    'set -eu -o pipefail',
    `export PATH="${folder}:$PATH"`,
    // The two programs that the walkthrough leaves running, the daemon first.
    'trap \'for job in $(jobs -p | sort -rn); do kill -TERM "$job"; wait "$job" || true; done\' EXIT',
    commands,
  ].join('\n');
  const program = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/run.js')}' "$@"\n`;
  writeFileSync(join(folder, 'berth'), program, { mode: 0o755 });
  const path = join(folder, 'walkthrough.sh');
  writeFileSync(path, script);
  const { output, code } = await bash(path, folder);
  expect(output).toContain('environment=dev');
  expect(output).toMatch(/demo is deleted/);
  expect(code, output).toBe(0);
}, 120_000);

function bash(path: string, cwd: string): Promise<{ output: string; code: number | null }> {
  return new Promise(resolve => {
    const environment = { PATH: process.env.PATH, HOME: cwd, TMPDIR: cwd, BERTH_CONFIG_DIR: join(cwd, 'config') };
    const child = execFile('bash', [path], { cwd, env: environment }, (_error, stdout, stderr) => {
      resolve({ output: stdout + stderr, code: child.exitCode });
    });
  });
}
