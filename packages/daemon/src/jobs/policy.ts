import { type Configuration, checkPolicy, type Policy, readModuleUses, TerraformError } from '@berth/terraform';
import { asBerthError } from '../engineErrors.js';
import { diagnosticEntry } from '../logs/diagnosticEntry.js';
import type { JobContext } from './jobContext.js';
import { lockedPlugins, readLockFile } from './templateFindings.js';

/**
 * Refuses a template by what its archive and its root module show, before an engine has seen it.
 *
 * @throws BerthError `policy_refused`; every place is logged
 */
export async function checkRoot(job: JobContext, { uses }: Pick<Configuration, 'uses'>): Promise<void> {
  await refusing(job, async policy => checkPolicy(policy, { archive: job.spec.archive.digest, uses }));
}

/**
 * Refuses a template by what init has brought: its other modules, and the plugins of all. To be asked before a plugin is
 * started.
 *
 * @throws BerthError `policy_refused`; every place is logged
 */
export async function checkModules(job: JobContext, folder: string): Promise<void> {
  await refusing(job, async policy => {
    const uses = await readModuleUses(folder, job.host.engine.name);
    const plugins = lockedPlugins(await readLockFile(folder)).map(plugin => plugin.address);
    checkPolicy(policy, { uses, plugins });
  });
}

async function refusing(job: JobContext, check: (policy: Policy) => Promise<void>): Promise<void> {
  const { policy } = job.host;
  if (policy === null) return;
  try {
    await check(policy);
  } catch (error) {
    if (error instanceof TerraformError) {
      for (const diagnostic of error.diagnostics) job.addEntry(diagnosticEntry(diagnostic));
    }
    throw asBerthError(error);
  }
}
