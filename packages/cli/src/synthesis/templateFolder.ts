import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BerthError } from '@berth/protocol';
import { readCdktfProject } from './cdktfProject.js';
import { runApp } from './runApp.js';
import { stackFolder } from './stackFolder.js';
import { chooseStack } from './stacks.js';

/** What of the project's own folder is part of its template, beside the stack. */
const companions = ['README.md', '.terraform.lock.hcl'];

interface TemplateFolder {
  folder: string;
  /** Name of the stack that was synthesised; null for a folder that is the template itself. */
  stack: string | null;
}

/**
 * The folder whose files are the template: that of the synthesised stack for a project with `cdktf.json`, else the
 * folder itself.
 *
 * @param stack name of the stack, of a project with several
 * @param temporary an empty folder, for what is synthesised
 * @throws BerthError `invalid_configuration`, `invalid_request`, `archive_refused`
 */
export async function templateFolder(
  folder: string,
  stack: string | undefined,
  temporary: string,
): Promise<TemplateFolder> {
  const project = await readCdktfProject(folder);
  if (project === null) {
    if (stack === undefined) return { folder, stack: null };
    throw new BerthError('invalid_request', `the folder '${folder}' has no stacks to choose from`, {
      hint: '--stack is for projects with a cdktf.json.',
    });
  }
  const output = join(temporary, 'cdktf.out');
  await mkdir(output);
  await runApp(project, output);
  const choice = await chooseStack(project, output, stack);
  const chosen = await stackFolder(output, choice);
  for (const name of companions) await copyIfThere(join(folder, name), join(chosen, name));
  return { folder: chosen, stack: choice.name };
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
