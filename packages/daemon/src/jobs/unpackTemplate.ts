import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Configuration, readConfiguration, TerraformError, writeOwnBackend } from '@berth/terraform';
import { asBerthError } from '../engineErrors.js';
import { diagnosticEntry } from '../logs/diagnosticEntry.js';
import type { JobContext } from './jobContext.js';
import { checkRoot } from './policy.js';

/**
 * Fetches the template's archive and unpacks it into an empty folder, with our own backend beside its files.
 *
 * @returns what the configuration says of itself
 * @throws BerthError `archive_refused`, `no_configuration`, `invalid_configuration`, `policy_refused`…; its diagnostics are logged
 */
export async function unpackTemplate(job: JobContext, folder: string): Promise<Configuration> {
  const archive = join(job.folder.path, 'template.tgz');
  await job.api.downloadArchive(archive, job.spec.archive, job.preparing);
  const { unpackArchive } = await import('../archive/unpackArchive.js');
  await rmdir(folder);
  await unpackArchive(archive, folder);
  const configuration = await readTemplate(job, folder);
  await checkRoot(job, configuration);
  return configuration;
}

async function readTemplate(job: JobContext, folder: string): Promise<Configuration> {
  try {
    const configuration = await readConfiguration(folder, job.host.engine.name);
    await writeOwnBackend(folder, configuration);
    return configuration;
  } catch (error) {
    if (error instanceof TerraformError) {
      for (const diagnostic of error.diagnostics) job.addEntry(diagnosticEntry(diagnostic));
    }
    throw asBerthError(error);
  }
}
