import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { go } from './go.js';
import { locked } from './lock.js';
import type { Recipe } from './recipe.js';

/** Both look for a plugin under a host of their own. */
const engineHosts = ['registry.terraform.io', 'registry.opentofu.org'];

/**
 * Has the part built where it is not there yet: aside, then renamed, and under a lock, so that of two callers one waits
 * and finds it made.
 *
 * @param report is told in a few words what is being done
 * @throws Error that says in one line why it cannot be had
 */
export async function buildPart(recipe: Recipe, report: (doing: string) => void): Promise<void> {
  if (existsSync(recipe.folder)) return;
  const bed = dirname(recipe.folder);
  mkdirSync(bed, { recursive: true });
  await locked(`${recipe.folder}.lock`, async () => {
    if (existsSync(recipe.folder)) return;
    const drafts = `${basename(recipe.folder)}.draft-`;
    // Of a builder that was killed; its compiler may still be writing to it.
    for (const name of readdirSync(bed).filter(name => name.startsWith(drafts))) remove(join(bed, name));
    const draft = join(bed, `${drafts}${process.pid}`);
    try {
      await compile(recipe, draft, report);
      renameSync(draft, recipe.folder);
      remove(recipe.failure);
    } catch (error) {
      if (error instanceof Error) writeFileSync(recipe.failure, error.message);
      throw error;
    } finally {
      remove(draft);
    }
  });
}

async function compile(recipe: Recipe, draft: string, report: (doing: string) => void): Promise<void> {
  const { part, module, linkerFlags } = recipe;
  const packages = Object.values(part.programs).map(path => (path === '' ? part.module : `${part.module}/${path}`));
  report('fetching modules');
  const needed = new Set((await go(module, ['list', '-deps', ...packages])).split('\n')).size;
  let compiled = 0;
  for (const [index, name] of Object.keys(part.programs).entries()) {
    const to = join(draft, 'bin', name);
    const flags = ['-v', '-o', to, `-ldflags=${linkerFlags}`];
    await go(module, ['build', ...flags, packages[index] ?? ''], () => {
      compiled += 1;
      report(`${compiled} of ${needed} packages compiled`);
    });
  }
  await copyFiles(recipe, draft);
  if (part.plugin !== undefined) fillMirror(recipe, part.plugin, draft);
}

async function copyFiles({ part, module }: Recipe, draft: string): Promise<void> {
  if (part.files === undefined) return;
  const source = await go(module, ['list', '-m', '-f', '{{.Dir}}', part.module]);
  mkdirSync(join(draft, 'files'));
  for (const file of part.files) writeFileSync(join(draft, 'files', basename(file)), readFileSync(join(source, file)));
}

function fillMirror({ version, platform }: Recipe, plugin: string, draft: string): void {
  const type = basename(plugin);
  for (const host of engineHosts) {
    const folder = join(draft, host, plugin, version, platform);
    mkdirSync(folder, { recursive: true });
    linkSync(join(draft, 'bin', 'plugin'), join(folder, `terraform-provider-${type}_v${version}`));
  }
  // An engine takes each folder at the top of a mirror for a host.
  remove(join(draft, 'bin'));
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
