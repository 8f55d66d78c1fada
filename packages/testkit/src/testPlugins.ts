import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Terraform plugins that tests run for real, built from their Go modules. */
const plugins = [
  {
    address: 'registry.terraform.io/hashicorp/time',
    type: 'time',
    version: '0.13.1',
    module: 'github.com/hashicorp/terraform-provider-time',
  },
];

export interface TestPlugins {
  /** Plugin mirror (unpacked layout) that holds them; null where they cannot be had. */
  mirror: string | null;
  /** Why not, for the name of a skipped test. */
  skipped: string | null;
}

/**
 * The test plugins, built on the first call on a machine (about a minute) and kept in
 * `${XDG_CACHE_HOME:-~/.cache}/berth-testbed`, from where every test file takes them.
 */
export async function testPlugins(): Promise<TestPlugins> {
  const recipe = createHash('sha256')
    .update(JSON.stringify([plugins, platform()]))
    .digest('hex')
    .slice(0, 16);
  const bed = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'berth-testbed');
  const mirror = join(bed, `plugins-${recipe}`);
  if (existsSync(mirror)) return { mirror, skipped: null };
  mkdirSync(bed, { recursive: true });
  const problem = await build(mirror);
  return problem === null ? { mirror, skipped: null } : { mirror: null, skipped: problem };
}

/**
 * Builds all of them aside and renames the whole; under a lock, so that of two test files one waits and finds them
 * made. Returns what went wrong.
 */
async function build(mirror: string): Promise<string | null> {
  const steps = plugins.flatMap(({ address, type, version, module }) => {
    const folder = `"$DRAFT"/${address}/${version}/${platform()}`;
    return [
      `GOBIN="$DRAFT"/bin go install -trimpath '-ldflags=-s -w' ${module}@v${version}`,
      `mkdir -p ${folder}`,
      `mv "$DRAFT"/bin/terraform-provider-${type} ${folder}/terraform-provider-${type}_v${version}`,
    ];
  });
  const script = [
    'set -e',
    'test ! -d "$MIRROR" || exit 0',
    'command -v go >/dev/null || { echo "Go is not installed" >&2; exit 1; }',
    'rm -rf "$DRAFT"',
    ...steps,
    'rmdir "$DRAFT"/bin',
    'mv "$DRAFT" "$MIRROR"',
  ].join('\n');
  const environment = { ...process.env, MIRROR: mirror, DRAFT: `${mirror}.draft` };
  return run('flock', [`${mirror}.lock`, 'sh', '-c', script], environment);
}

/** Returns the last line that a failing program printed on stderr; null when it succeeded. */
async function run(file: string, args: string[], env: NodeJS.ProcessEnv): Promise<string | null> {
  return new Promise(resolve => {
    const program = spawn(file, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let printed = '';
    program.stderr.setEncoding('utf8').on('data', text => {
      printed = (printed + text).slice(-4096);
    });
    program.on('error', error => resolve(`${file} did not start: ${error.message}`));
    program.on('close', code => {
      const lastLine = printed.trim().split('\n').at(-1);
      resolve(code === 0 ? null : `the test plugins could not be built: ${lastLine}`);
    });
  });
}

/** As Go names it. */
function platform(): string {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return `${process.platform}_${arch}`;
}
