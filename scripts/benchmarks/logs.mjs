/**
 * A build that prints 200,000 lines of 100 bytes, against the same apply by hand with its output in a file, in pairs; all
 * lines must be there afterwards. Then one that prints more than a job's log may hold. Peak memory of both programs.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { berth, call, cleanEnvironment, followJob, startBerth, temporaryFolder } from './berth.mjs';
import { header, ratioLine, timesLine } from './figures.mjs';

const pairs = Number(process.argv[2] ?? 3);
const LINES = 200_000;
/** 70 MB, where a job's log holds 64 MiB. */
const TOO_MANY_LINES = 700_000;

const folder = temporaryFolder();
const template = join(folder, 'template');
mkdirSync(template);
writeFileSync(
  join(template, 'main.tf'),
  `variable "lines" { type = number }
resource "terraform_data" "loud" {
  triggers_replace = timestamp()
  provisioner "local-exec" { command = "seq -f 'line %094.0f' 1 \${var.lines}" }
}
`,
);

const system = await startBerth(folder);
await berth(system.environment, 'templates', 'push', 'loud', '--directory', template, '--yes');
const [organization] = (await call(system.url, system.token, 'GET', '/organizations')).items;
const [{ id: templateId }] = (
  await call(system.url, system.token, 'GET', `/organizations/${organization.id}/templates`)
).items;

const seconds = { coordinator: [], daemon: [] };
const times = { bare: [], attempt: [], request: [] };
byHand('warm-up', 1);
times.bare.length = 0;
for (let i = 0; i < pairs; i++) {
  byHand(`pair-${i}`, LINES);
  const begun = processorSeconds();
  const { job, ms } = await build(`pair-${i}`, LINES);
  const ended = processorSeconds();
  for (const program of ['coordinator', 'daemon']) seconds[program].push(ended[program] - begun[program]);
  times.request.push(ms);
  times.attempt.push(job.finishedAt - job.startedAt);
  await checkLines(job.id);
}
const before = memory();
await build('too-many', TOO_MANY_LINES);
const after = memory();
await system.stop();

console.log(header(`${LINES} lines of 100 bytes`));
console.log(timesLine('by hand: apply, output into a file', times.bare));
console.log(timesLine('berth: accept to terminal message, every line kept', times.attempt));
console.log(timesLine('berth: API request to the end of the followed log', times.request));
console.log();
console.log(ratioLine('accept to terminal message / by hand', times.attempt, times.bare, 'aim at most 1.05'));
const perSecond = (LINES / times.attempt.sort((a, b) => a - b)[Math.floor(pairs / 2)]) * 1000;
console.log(`lines stored per second, from terraform to the database      ${Math.round(perSecond)}`);
const [coordinatorTime, daemonTime] = [seconds.coordinator, seconds.daemon].map(all => Math.min(...all).toFixed(1));
console.log(`processor seconds per build: coordinator ${coordinatorTime}, daemon ${daemonTime}`);
console.log(`peak memory, MB: coordinator ${before.coordinator}, daemon ${before.daemon}`);
console.log(`  after a log of 70 MB: coordinator ${after.coordinator}, daemon ${after.daemon}`);

async function build(name, lines) {
  const began = performance.now();
  const workspace = await call(system.url, system.token, 'POST', `/organizations/${organization.id}/workspaces`, {
    name,
    template: templateId,
    parameters: { lines },
  });
  const { job } = await followJob(system.url, system.token, workspace.latestBuild.job.id);
  if (job.status !== 'succeeded') throw new Error(`a build ended as ${job.status}: ${JSON.stringify(job.error)}`);
  return { job, ms: performance.now() - began };
}

/** Each numbered line once, in order. Terraform itself cuts a line in two that does not come to it within 100 ms. */
async function checkLines(job) {
  let after = 0;
  let due = 1;
  let cut = '';
  for (;;) {
    const { items } = await call(system.url, system.token, 'GET', `/jobs/${job}/logs?after=${after}&limit=10000`);
    if (items.length === 0) break;
    for (const { entry } of items) {
      if (entry.kind !== 'text' || entry.source !== 'provisioner') continue;
      const text = cut + entry.text;
      const line = /^line (\d{94})$/.exec(text);
      cut = line === null && text.length < 'line '.length + 94 && 'line '.startsWith(text.slice(0, 5)) ? text : '';
      if (line !== null && Number(line[1]) !== due++) throw new Error(`line ${line[1]} came where ${due - 1} was due`);
    }
    after = items.at(-1).seq;
  }
  if (due !== LINES + 1) throw new Error(`${due - 1} of ${LINES} lines were kept`);
}

function byHand(name, lines) {
  const work = join(folder, 'hand', name);
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, 'main.tf'), readFileSync(join(template, 'main.tf')));
  const env = cleanEnvironment({ CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' });
  execFileSync('terraform', ['init', '-input=false'], { cwd: work, env, stdio: 'ignore' });
  const out = openSync(join(work, 'out'), 'w');
  const began = performance.now();
  const args = ['apply', '-json', '-auto-approve', '-input=false', `-var=lines=${lines}`];
  execFileSync('terraform', args, { cwd: work, env, stdio: ['ignore', out, 'inherit'] });
  times.bare.push(performance.now() - began);
  closeSync(out);
  rmSync(work, { recursive: true });
}

/** What both programs have used so far, in user and system mode (clock ticks of 10 ms). */
function processorSeconds() {
  const used = pid => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  };
  return { coordinator: used(system.server.pid), daemon: used(system.daemon.pid) };
}

/** Peaks so far, in MB. */
function memory() {
  const peak = pid => Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1000);
  return { coordinator: peak(system.server.pid), daemon: peak(system.daemon.pid) };
}
