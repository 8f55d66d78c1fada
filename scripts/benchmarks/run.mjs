/**
 * One apply with what stands around it: bare, under its supervisor, and under it in the sandbox, one of each in turn.
 * From the call until code and output are there. And how fast secrets are replaced.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import {
  AttemptFolder,
  apply,
  createRedactor,
  findEngine,
  formatCliConfig,
  probeSandbox,
  secondsSinceBoot,
} from '../../packages/terraform/dist/index.js';
import { cleanEnvironment, temporaryFolder } from './berth.mjs';
import { differenceLine, header, percentile, timesLine } from './figures.mjs';

const rounds = Number(process.argv[2] ?? 40);
const folder = temporaryFolder();
const engine = await findEngine();
const probe = await probeSandbox({ engine });
const env = cleanEnvironment({ CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' });
const attempt = AttemptFolder.create(join(folder, 'attempt'));
const run = promisify(execFile);
const resource = 'resource "terraform_data" "a" {\n  input = 1\n}\n';
writeFileSync(join(attempt.work, 'main.tf'), resource);
writeFileSync(attempt.variables, '{}');
writeFileSync(attempt.cliConfig, await formatCliConfig([], engine.platform));
await run(engine.path, ['init', '-input=false'], { cwd: attempt.work, env });

const times = { bare: [], supervised: [], sandboxed: [] };
const load = loadavg()[0].toFixed(1);
for (let i = -2; i < rounds; i++) {
  const bare = await timed(() =>
    run(engine.path, ['apply', '-json', '-auto-approve', '-input=false', `-var-file=${attempt.variables}`], {
      cwd: attempt.work,
      env: { ...env, TF_CLI_CONFIG_FILE: attempt.cliConfig },
    }),
  );
  const supervised = await timed(() => operate(null));
  const sandboxed = probe.works ? await timed(() => operate(probe.sandbox)) : null;
  // The first ones fill the caches.
  if (i < 0) continue;
  times.bare.push(bare);
  times.supervised.push(supervised);
  if (sandboxed !== null) times.sandboxed.push(sandboxed);
}

console.log(header(`apply of one resource (load ${load} before)`));
console.log(timesLine('bare', times.bare));
console.log(timesLine('under its supervisor', times.supervised));
console.log(differenceLine('supervisor, ms', times.supervised, times.bare, 'aim at most 8'));
console.log(fastestLine('supervisor, of the fastest tenths, ms', times.supervised, times.bare));
if (probe.works) {
  console.log(timesLine('under its supervisor, in the sandbox', times.sandboxed));
  console.log(differenceLine('sandbox, ms', times.sandboxed, times.supervised, 'aim at most 10'));
  console.log(fastestLine('sandbox, of the fastest tenths, ms', times.sandboxed, times.supervised));
} else {
  console.log(`no sandbox here: ${probe.reason}`);
}

const lines = Array.from(
  { length: 100_000 },
  () => `${randomBytes(44).toString('base64')} some words beside it ${'.'.repeat(36)}`,
);
const bytes = lines.reduce((sum, line) => sum + line.length, 0);
// The first round is of a program that is not compiled yet, and not shown. Time of the processor, not of the clock.
for (const count of [10, 1, 20, 200]) {
  const redactor = createRedactor(Array.from({ length: count }, () => randomBytes(15).toString('base64')));
  const began = process.cpuUsage();
  for (const line of lines) redactor.redact(line);
  const { user } = process.cpuUsage(began);
  const figure = `${(bytes / user).toFixed(0).padStart(8)}   MB/s of processor time`;
  if (count !== 10) console.log(`${`replacing ${count} secrets in lines of 120 bytes`.padEnd(58)}${figure}`);
}

/** On a busy machine the median is about the neighbours. */
function fastestLine(name, values, base) {
  const difference = percentile(values, 0.1) - percentile(base, 0.1);
  return `${name.padEnd(58)}${difference.toFixed(1).padStart(8)}`;
}

async function operate(sandbox) {
  const end = await apply({
    engine,
    folder: attempt,
    env,
    sandbox,
    leaseDeadline: () => secondsSinceBoot() + 600,
    onEvents: () => undefined,
  });
  if (!end.succeeded) throw new Error(JSON.stringify(end));
}

/** Each begins in the same folder without a state. */
async function timed(work) {
  for (const name of ['terraform.tfstate', 'terraform.tfstate.backup'])
    rmSync(join(attempt.work, name), { force: true });
  rmSync(attempt.run('apply').path, { recursive: true, force: true });
  mkdirSync(join(attempt.path, 'run'), { recursive: true });
  const began = performance.now();
  await work();
  return performance.now() - began;
}
