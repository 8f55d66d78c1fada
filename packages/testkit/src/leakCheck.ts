/**
 * Setup file of every test file: fails the file when it leaves behind a process, a socket or a temporary file.
 * Each test file gets a folder of its own as TMPDIR; a process belongs to the file when its working directory, argv
 * or environment names that folder.
 */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const outerTmpdir = tmpdir();
const root = realpathSync(mkdtempSync(join(outerTmpdir, 'berth-test-')));
// Others may pass through: what a test starts as another user (Postgres) has its folder in here.
chmodSync(root, 0o711);
process.env.TMPDIR = root;
const socketsBefore = countSockets();

/** How long ended processes and closing sockets may take to disappear before they count as left behind. */
const SETTLE_MS = 3_000;

afterAll(async () => {
  const deadline = Date.now() + SETTLE_MS;
  let left = findLeftovers();
  while (left.length > 0 && Date.now() < deadline) {
    await new Promise(resolve => setTimeout(resolve, 25));
    left = findLeftovers();
  }
  process.env.TMPDIR = outerTmpdir;
  rmSync(root, { recursive: true, force: true });
  if (left.length > 0) throw new Error(`the test file left behind:\n${left.join('\n')}`);
}, SETTLE_MS + 10_000);

function findLeftovers(): string[] {
  const sockets = countSockets() - socketsBefore;
  return [
    ...findProcesses(root),
    ...(sockets > 0 ? [`${sockets} open sockets or servers`] : []),
    ...readdirSync(root).map(name => `file ${join(root, name)}`),
  ];
}

function countSockets(): number {
  return process.getActiveResourcesInfo().filter(name => name.startsWith('TCP')).length;
}

/** Lists the live processes, other than this one, that name `folder` in their cwd, argv or environment. */
function findProcesses(folder: string): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    try {
      if (readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')) continue;
      const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      if ([readlinkSync(`/proc/${pid}/cwd`), argv, environment].some(text => text.includes(folder))) {
        found.push(`process ${pid}: ${argv}`);
      }
    } catch {
      // It ended while it was looked at, or is not ours to read.
    }
  }
  return found;
}
