/**
 * A workspace whose state has 100 MB: made, stopped and deleted, each build from the state of the one before. Times, and
 * the peak memory of both programs, which must stay below 150 MB.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { berth, call, followJob, startBerth, temporaryFolder } from './berth.mjs';

const megabytes = Number(process.argv[2] ?? 100);
/** A terraform_data keeps its input and its output. */
const parts = Math.ceil(megabytes / 10);

const folder = temporaryFolder();
const template = join(folder, 'template');
mkdirSync(template);
writeFileSync(
  join(template, 'main.tf'),
  `variable "berth" { type = object({ transition = string }) }
locals {
  line  = format("%01023d ", 7)
  block = join("", [for i in range(1000) : local.line])
}
resource "terraform_data" "part" {
  count = ${parts}
  input = { text = join("", [local.block, local.block, local.block, local.block, local.block]), is = var.berth.transition }
}
`,
);

const system = await startBerth(folder);
await berth(system.environment, 'templates', 'push', 'large', '--directory', template, '--yes');
const [organization] = (await call(system.url, system.token, 'GET', '/organizations')).items;
const [{ id: templateId }] = (
  await call(system.url, system.token, 'GET', `/organizations/${organization.id}/templates`)
).items;
const before = memory();
const workspace = await call(system.url, system.token, 'POST', `/organizations/${organization.id}/workspaces`, {
  name: 'large',
  template: templateId,
});
console.log(`\n${megabytes} MB of state`.padEnd(50), 'accept to end   peak memory, MB: coordinator, daemon');
await ended('start', workspace.latestBuild.job.id);
for (const transition of ['stop', 'delete']) {
  const build = await call(system.url, system.token, 'POST', `/workspaces/${workspace.id}/builds`, { transition });
  await ended(transition, build.job.id);
}
console.log(`before the first build: ${before.coordinator}, ${before.daemon}`);
await system.stop();

async function ended(name, id) {
  const began = performance.now();
  const { job } = await followJob(system.url, system.token, id);
  if (job.status !== 'succeeded') throw new Error(`${name} ended as ${job.status}: ${JSON.stringify(job.error)}`);
  const { coordinator, daemon } = memory();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(
    name.padEnd(50),
    `${seconds.padStart(10)} s `,
    String(coordinator).padStart(20),
    String(daemon).padStart(10),
  );
}

/** Peak resident memory since the start of each, in MB. */
function memory() {
  const peak = pid => Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024);
  return { coordinator: peak(system.server.pid), daemon: peak(system.daemon.pid) };
}
