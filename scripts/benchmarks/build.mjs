/**
 * A build of a template against the same files by hand, in pairs, one of each in turn, so that both meet the same
 * neighbours on the machine: templates/scratch, or one that uses the plugins coder, kubectl and time of the test bed.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { berth, call, cleanEnvironment, followJob, root, startBerth, temporaryFolder } from './berth.mjs';
import { differenceLine, header, ratioLine, timesLine } from './figures.mjs';

const pairs = Number(process.argv[2] ?? 20);
const more = Number(process.argv[3] ?? 100);
/** `none`, or `require` for the builds to run in the sandbox. */
const sandbox = process.argv[4] ?? 'none';
/** `scratch` or `plugins`. */
const subject = process.argv[5] ?? 'scratch';
const withPlugins = subject === 'plugins';
const folder = temporaryFolder();
const template = join(root, withPlugins ? 'scripts/benchmarks/plugins' : 'templates/scratch');
const mirror = withPlugins ? await pluginMirror() : null;
const variables = {
  berth: {
    transition: 'start',
    start_count: 1,
    workspace: { id: 'w', name: 'by-hand' },
    owner: { username: 'bench', email: 'bench@example.com' },
  },
};
const environment = cleanEnvironment({ CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', ...byHandMirror() });

const system = await startBerth(folder, [
  '--sandbox',
  sandbox,
  ...(mirror === null ? [] : ['--plugin-mirror', mirror]),
]);
await berth(system.environment, 'templates', 'push', subject, '--directory', template, '--yes');
const organizations = await call(system.url, system.token, 'GET', '/organizations');
const organization = organizations.items[0].id;
const templates = await call(system.url, system.token, 'GET', `/organizations/${organization}/templates`);
const templateId = templates.items[0].id;

const times = { hand: [], bare: [], request: [], attempt: [], started: [] };
await build('warm-up');
times.request.length = times.attempt.length = times.started.length = 0;
byHand('warm-up');
times.hand.length = times.bare.length = 0;

for (let i = 0; i < pairs; i++) {
  byHand(`pair-${i}`);
  await build(`pair-${i}`);
}
const paired = { request: [...times.request], attempt: [...times.attempt] };
for (let i = 0; i < more; i++) await build(`more-${i}`);
const memory = residentMegabytes(system.daemon.pid);
await system.stop();

console.log(header(`${withPlugins ? 'plugins coder, kubectl and time' : 'templates/scratch'}, sandbox: ${sandbox}`));
console.log(timesLine('by hand: terraform init && terraform apply', times.hand));
console.log(timesLine('by hand: apply in an initialised folder', times.bare));
console.log(timesLine('berth: API request to committed result', paired.request));
console.log(timesLine('berth: accept to terminal message', paired.attempt));
console.log(timesLine('berth: enqueued to terraform started', times.started));
console.log();
console.log(
  ratioLine('request to committed result / init && apply', paired.request, times.hand, 'at most 1.00, aim 0.80'),
);
if (withPlugins) {
  console.log(ratioLine('accept to terminal message / bare apply', paired.attempt, times.bare, 'at most 1.10'));
} else {
  console.log(
    differenceLine(
      'accept to terminal message - bare apply, ms',
      paired.attempt,
      times.bare,
      `aim at most ${sandbox === 'none' ? 15 : 25}`,
    ),
  );
}
console.log(`daemon after all of these: ${memory.now} MB resident, ${memory.peak} at its peak (below 120)`);

/** Of the test bed, built where it is missing. */
async function pluginMirror() {
  process.env.BERTH_TEST_ALL = '1';
  const { testPlugins } = await import('../../packages/testkit/dist/testBed/testParts.js');
  const { mirror: found, skipped } = await testPlugins(['coder', 'kubectl', 'time']);
  if (found !== null) return found;
  console.error(skipped);
  process.exit(1);
}

/** By hand the plugins come from the same folder, without a look at any registry. */
function byHandMirror() {
  if (mirror === null) return {};
  const file = join(folder, 'cli.tfrc');
  writeFileSync(file, `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`);
  return { TF_CLI_CONFIG_FILE: file };
}

/** Of this process alone: its engines and plugins are not in it. */
function residentMegabytes(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = name => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) / 1000);
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}

/** One workspace by the API, from the request until its end has been announced. */
async function build(name) {
  const began = performance.now();
  const workspace = await call(system.url, system.token, 'POST', `/organizations/${organization}/workspaces`, {
    name,
    template: templateId,
  });
  const { job, entries } = await followJob(system.url, system.token, workspace.latestBuild.job.id);
  times.request.push(performance.now() - began);
  if (job.status !== 'succeeded') throw new Error(`a build ended as ${job.status}: ${JSON.stringify(job.error)}`);
  times.attempt.push(job.finishedAt - job.startedAt);
  const apply = entries.find(entry => entry.kind === 'phase' && entry.phase === 'apply');
  times.started.push(apply.at - job.createdAt);
}

/** The same files by hand: once from nothing, and once more in the initialised folder without state. */
function byHand(name) {
  const work = join(folder, 'hand', name);
  mkdirSync(work, { recursive: true });
  cpSync(template, work, { recursive: true });
  writeFileSync(join(work, 'v.tfvars.json'), JSON.stringify(variables));
  const apply = ['apply', '-json', '-auto-approve', '-input=false', '-var-file=v.tfvars.json'];
  const terraform = args =>
    execFileSync('terraform', args, { cwd: work, env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  const began = performance.now();
  terraform(['init', '-input=false']);
  terraform(apply);
  times.hand.push(performance.now() - began);
  rmSync(join(work, 'terraform.tfstate'));
  const again = performance.now();
  terraform(apply);
  times.bare.push(performance.now() - again);
}
