import { existsSync } from 'node:fs';
import { buildPart } from './buildPart.js';
import type { PartName } from './parts.js';
import { startProgress } from './progress.js';
import { recipeOf } from './recipe.js';

/**
 * Has the parts built one after the other (a build takes all cores) and shows how far it is: on a terminal in one line
 * that changes, elsewhere in lines.
 *
 * @returns the parts that could not be built, with the reasons
 */
export async function buildParts(
  names: readonly PartName[],
  out: NodeJS.WriteStream,
): Promise<{ name: PartName; reason: string }[]> {
  const missing = names.map(recipeOf).filter(recipe => !existsSync(recipe.folder));
  const failed: { name: PartName; reason: string }[] = [];
  for (const [index, recipe] of missing.entries()) {
    const label = `[${index + 1}/${missing.length}] ${recipe.name} ${recipe.version}`;
    const progress = startProgress(label, out);
    try {
      await buildPart(recipe, progress.report);
      progress.end('built');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      progress.end(`failed: ${reason}`);
      failed.push({ name: recipe.name, reason });
    }
  }
  return failed;
}
