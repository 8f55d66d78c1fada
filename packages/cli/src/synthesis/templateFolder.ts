import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BerthError } from '@berth/protocol';
import { readCdktfProject } from './cdktfProject.js';
import { runApp } from './runApp.js';
import { stackFolder } from './stackFolder.js';
import { chooseStack } from './stacks.js';

/** What of the project's own folder is part of its template, beside the stack. */
const companions = ['README.md', '.terraform.lock.hcl'];

/**
 * The folder whose files are the template: that of the synthesised stack for a project with `cdktf.json`, else the
 * folder itself.
 *
 * @param stack name of the stack, of a project with several
 * @param temporary an empty folder, for what is synthesised
 * @throws BerthError `invalid_configuration`, `invalid_request`, `archive_refused`
 */
export async function templateFolder(folder: string, stack: string | undefined, temporary: string): Promise<string> {
  const project = await readCdktfProject(folder);
  if (project === null) {
    if (stack === undefined) return folder;
    throw new BerthError('invalid_request', `the folder '${folder}' has no stacks to choose from`, {
      hint: '--stack is for projects with a cdktf.json.',
    });
  }
  const output = join(temporary, 'cdktf.out');
  await mkdir(output);
  await runApp(project, output);
  const chosen = await stackFolder(output, await chooseStack(project, output, stack));
  for (const name of companions) await copyIfThere(join(folder, name), join(chosen, name));
  return chosen;
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
