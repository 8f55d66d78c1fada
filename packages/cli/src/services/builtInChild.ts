import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { BuiltInChild } from '@berth/coordinator';
import type { BuiltInOrder } from './builtInOrder.js';

/**
 * Starts the process of the built-in daemons. Its log goes where this process's log goes.
 *
 * @param program the script that runs `berth`
 */
export function startBuiltInChild(program: string, order: BuiltInOrder): BuiltInChild {
  const child = spawn(process.execPath, [program, 'provisionerd', 'built-in'], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: withoutOurs(process.env),
  });
  // A child that ends before it has read the line is told by `exited`.
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${JSON.stringify(order)}\n`);
  const exited = once(child, 'exit').then(
    ([code, signal]: unknown[]) => (signal === null ? `exit code ${code}` : `signal ${signal}`),
    (error: unknown) => String(error),
  );
  return {
    exited,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Settings of the coordinator are not the daemons': theirs come by the order. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(BERTH|CODER)_/.test(name)));
}
