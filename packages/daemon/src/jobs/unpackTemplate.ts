import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BerthError } from '@berth/protocol';
import {
  type Configuration,
  meetsConstraint,
  readConfiguration,
  TerraformError,
  writeOwnBackend,
} from '@berth/terraform';
import { asBerthError } from '../engineErrors.js';
import { diagnosticEntry } from '../logs/diagnosticEntry.js';
import type { JobContext } from './jobContext.js';
import { checkRoot } from './policy.js';

/**
 * Fetches the template's archive and unpacks it into an empty folder, with our own backend beside its files.
 *
 * @returns what the configuration says of itself
 * @throws BerthError `archive_refused`, `no_configuration`, `invalid_configuration`, `engine_unfit`, `policy_refused`…; its diagnostics are logged
 */
export async function unpackTemplate(job: JobContext, folder: string): Promise<Configuration> {
  const archive = join(job.folder.path, 'template.tgz');
  await job.api.downloadArchive(archive, job.spec.archive, job.preparing);
  const { unpackArchive } = await import('../archive/unpackArchive.js');
  await rmdir(folder);
  await unpackArchive(archive, folder);
  const configuration = await readTemplate(job, folder);
  requireVersion(job, configuration);
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

/** Said before init, which would say it of a version of its own and tell nobody what to do. */
function requireVersion({ host: { engine } }: JobContext, { requiredVersions }: Configuration): void {
  const unmet = requiredVersions.find(constraint => meetsConstraint(engine.version, constraint) === false);
  if (unmet === undefined) return;
  throw new BerthError(
    'engine_unfit',
    `the template asks for an engine version of ${unmet} (required_version), and this daemon runs ${engine.name} ${engine.version}`,
  );
}
