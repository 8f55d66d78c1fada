import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * Runs the Go command in a folder with a `go.mod`, with low priority, and returns what it printed.
 *
 * @param progress is called for each line on stderr
 * @throws Error that says in one line why it failed
 */
export async function go(module: string, args: string[], progress?: (line: string) => void): Promise<string> {
  const child = spawn('nice', ['-n', '10', 'go', ...args], {
    cwd: module,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const complaints: string[] = [];
  child.stdout.setEncoding('utf8').on('data', text => {
    printed += text;
  });
  createInterface({ input: child.stderr }).on('line', line => {
    progress?.(line);
    complaints.push(line);
    if (complaints.length > 100) complaints.shift();
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return printed.trim();
  throw new Error(code === 127 ? 'Go is not installed' : reason(complaints));
}

/** Nothing of a developer's own settings may change what is built; programs without libc run in every container. */
function environment(): NodeJS.ProcessEnv {
  return { ...process.env, GOFLAGS: '-trimpath -mod=readonly', GOWORK: 'off', CGO_ENABLED: '0', GOOS: '', GOARCH: '' };
}

/** The last line says it; `go` indents what belongs to the line above. */
function reason(complaints: string[]): string {
  const last = complaints.findLastIndex(line => line.trim() !== '' && !/^\s/.test(line));
  const said = complaints
    .slice(Math.max(last, 0))
    .map(line => line.trim())
    .join(' ');
  return said === '' ? 'go failed' : said;
}
