import { installLocked, runInit } from './installPlugins.js';
import type { JobContext } from './jobContext.js';
import { checkModules } from './policy.js';
import { unpackTemplate } from './unpackTemplate.js';
import { lockFileDigest, type OpenWarm, type WarmNotes } from './warmTemplates.js';

/**
 * Opens the warm directory of the job's template version, and makes it first if this daemon has none: unpacked, and
 * initialised with exactly the plugins that the import found.
 *
 * @throws BerthError; Stopped
 */
export async function openWarm(job: JobContext): Promise<OpenWarm> {
  const { host, spec, lever } = job;
  const template = { archive: spec.archive.digest, lockFile: lockFileDigest(spec.lockFile) };
  const opened = await host.warm.open(template);
  if (opened !== null) return opened;
  let isBuilder = false;
  const opening = host.warm.openOrBuild(template, files => {
    isBuilder = true;
    return buildWarm(job, files);
  });
  // It may be the job of another slot that builds it.
  await Promise.race([opening.catch(() => undefined), aborted(lever.signal)]);
  if (lever.signal.aborted && !isBuilder) {
    opening.then(({ directory }) => directory.release()).catch(() => undefined);
    lever.throwIfPulled();
  }
  // Of a stopped builder the engine is being stopped: its end is waited for.
  return opening;
}

async function buildWarm(job: JobContext, files: string): Promise<WarmNotes> {
  const configuration = await job.step(() => unpackTemplate(job, files));
  const { lockFile } = job.spec;
  job.lever.throwIfPulled();
  job.enterPhase('init');
  if (lockFile !== null) await installLocked(job, files, lockFile);
  await runInit(job, files, lockFile !== null);
  await checkModules(job, files);
  return { variables: configuration.variables.map(({ name, sensitive }) => ({ name, sensitive })) };
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
}
