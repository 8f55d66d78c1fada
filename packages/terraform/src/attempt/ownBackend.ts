import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Configuration } from '../configuration/configuration.js';
import { TerraformError } from '../errors.js';
import { guardHolds } from '../guards.js';
import { OWN_BACKEND_FILE } from './ownBackendFile.js';
import { removeStrayFiles } from './strayFiles.js';

/** The file, and what tofu would read in its place. */
const names = [OWN_BACKEND_FILE, OWN_BACKEND_FILE.replace('.tf.json', '.tofu.json')];

/** The state is kept in the work directory; relative, so that it holds in each copy of a warm directory. */
const content = `${JSON.stringify({ terraform: { backend: { local: { path: 'terraform.tfstate' } } } })}\n`;

/**
 * Makes the engine keep its state in the work directory, whatever backend or `cloud` block the template has, and takes
 * away what a run by hand may have left there. To be called on the unpacked template, before init and before the
 * attempt's own state is put there; `configuration` is what was read from the same folder.
 *
 * @throws TerraformError `reserved_file` when the template has files that would win over ours
 */
export async function writeOwnBackend(folder: string, configuration: Pick<Configuration, 'backend'>): Promise<void> {
  const taken = (await readdir(folder)).find(name => names.includes(name));
  if (taken !== undefined) {
    throw new TerraformError('reserved_file', `the template has a file named ${taken}, which Berth writes itself`, {
      hint: 'Rename or remove that file.',
    });
  }
  const backend = configuration.backend;
  if (backend?.override === true && Buffer.compare(Buffer.from(backend.file), Buffer.from(OWN_BACKEND_FILE)) > 0) {
    throw new TerraformError('reserved_file', `the ${backend.type} backend in ${backend.file} cannot be overridden`, {
      hint: 'Rename the file so that its name starts with a letter, or remove the block: Berth keeps the state itself.',
    });
  }
  await removeStrayFiles(folder);
  if (guardHolds('terraform.own_backend')) await writeFile(join(folder, OWN_BACKEND_FILE), content);
}
