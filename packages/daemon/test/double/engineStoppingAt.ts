import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect } from 'vitest';

/** An engine that stops before one of its commands, until it is killed. */
export function engineStoppingAt(command: string): { path: string; reached: () => Promise<void>; pid: () => number } {
  const folder = tempDir();
  const mark = join(folder, 'reached');
  const path = join(folder, 'terraform');
  writeFileSync(
    path,
    `#!/bin/sh\nif [ "$1" = ${command} ]; then echo $$ >${mark}.new; mv ${mark}.new ${mark}; sleep 1000; exit 1; fi\nexec terraform "$@"\n`,
  );
  chmodSync(path, 0o755);
  return {
    path,
    reached: () => expect.poll(() => existsSync(mark)).toBe(true),
    pid: () => Number(readFileSync(mark, 'utf8')),
  };
}
