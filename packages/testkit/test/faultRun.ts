import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const program = resolve(import.meta.dirname, '../dist/faults/main.js');

/**
 * Runs the program of `scripts/faults` to its end.
 *
 * @param options.folder where it makes its own folder, which it keeps when it finds something; the usual place when not given
 * @param options.sandbox runs the templates in a sandbox
 * @returns its exit code and all that it said
 */
export async function faultRun(
  args: readonly string[],
  { folder, sandbox = false }: { folder?: string; sandbox?: boolean } = {},
): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...(folder === undefined ? {} : { TMPDIR: folder }),
      ...(sandbox ? { BERTH_SANDBOX: 'require' } : {}),
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code, said };
}
