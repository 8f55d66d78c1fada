/** The parts of the test bed for test files. What cannot be had is skipped, with the reason in the test's name. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { buildPart } from './buildPart.js';
import type { PartName, PluginName } from './parts.js';
import { bedFolder, type Recipe, recipeOf } from './recipe.js';

export interface TestPlugins {
  /** Plugin mirror (unpacked layout) that holds them for both engines; null where they cannot be had. */
  mirror: string | null;
  /** Why not, for the name of a skipped test. */
  skipped: string | null;
}

export interface TestProgram {
  /** Absolute path; null where it cannot be had. */
  path: string | null;
  /** As the program tells it: `1.12.6`. */
  version: string;
  /** Why not, for the name of a skipped test. */
  skipped: string | null;
}

/**
 * A mirror with these plugins alone. The time plugin is built where it is missing (half a minute), the others only
 * with `BERTH_TEST_ALL`, or beforehand by `scripts/testbed build`.
 */
export async function testPlugins(names: readonly PluginName[] = ['time']): Promise<TestPlugins> {
  const skipped = await unavailable(names);
  if (skipped !== null) return { mirror: null, skipped };
  const recipes = [...new Set(names)].sort().map(recipeOf);
  const [only] = recipes;
  return { mirror: recipes.length === 1 && only ? only.folder : joinMirrors(recipes), skipped: null };
}

/** OpenTofu: an engine beside the `terraform` on PATH. Another one where `BERTH_TEST_TOFU` names its program. */
export async function testTofu(): Promise<TestProgram> {
  const path = process.env.BERTH_TEST_TOFU;
  if (path === undefined) return testProgram('tofu');
  const report = JSON.parse(execFileSync(path, ['version', '-json'], { encoding: 'utf8' }));
  return { path, version: String(report.terraform_version), skipped: null };
}

export function testHelm(): Promise<TestProgram> {
  return testProgram('helm');
}

/** A part whose one program has its name. */
async function testProgram(name: 'tofu' | 'helm'): Promise<TestProgram> {
  const { folder, version } = recipeOf(name);
  const skipped = await unavailable([name]);
  return { path: skipped === null ? join(folder, 'bin', name) : null, version, skipped };
}

/** Why one of these parts cannot be had; null when all are there, or could be built now. */
export async function unavailable(names: readonly PartName[]): Promise<string | null> {
  for (const name of names) {
    const recipe = recipeOf(name);
    if (existsSync(recipe.folder)) continue;
    const reason = await tryToBuild(recipe);
    // Parentheses end the reason in a test's name.
    if (reason !== null) return `the test bed has no ${name}: ${reason.replace(/[()]/g, '')}`;
  }
  return null;
}

async function tryToBuild(recipe: Recipe): Promise<string | null> {
  // `scripts/test --all` has built the whole bed before: what failed then is not tried again by each test file.
  if (process.env.BERTH_TEST_BED === 'built' && existsSync(recipe.failure)) return readFileSync(recipe.failure, 'utf8');
  const quick: PartName = 'time';
  if (recipe.name !== quick && process.env.BERTH_TEST_ALL !== '1') return `scripts/testbed build ${recipe.name}`;
  try {
    await buildPart(recipe, () => undefined);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** One mirror of several parts: hard links, made once. */
function joinMirrors(recipes: readonly Recipe[]): string {
  const key = createHash('sha256')
    .update(recipes.map(recipe => basename(recipe.folder)).join('\n'))
    .digest('hex')
    .slice(0, 16);
  const mirror = join(bedFolder(), `mirror-${key}`);
  if (existsSync(mirror)) return mirror;
  const draft = mkdtempSync(`${mirror}.draft-`);
  chmodSync(draft, 0o755);
  for (const recipe of recipes) linkTree(recipe.folder, draft);
  try {
    renameSync(draft, mirror);
  } catch (error) {
    rmSync(draft, { recursive: true });
    // Another test file was faster, with the same.
    if (!existsSync(mirror)) throw error;
  }
  return mirror;
}

function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else linkSync(source, target);
  }
}
