import { existsSync } from 'node:fs';
import { buildPart } from './buildPart.js';
import type { PartName } from './parts.js';
import { recipeOf } from './recipe.js';

/** Without a terminal, what is being done is told this often. */
const TOLD_EACH_MS = 30_000;

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

interface Progress {
  report(doing: string): void;
  end(how: string): void;
}

function startProgress(label: string, out: NodeJS.WriteStream): Progress {
  const since = Date.now();
  let doing = 'waiting for another build of it';
  const line = () => `${label}: ${doing}, ${duration(Date.now() - since)}`;
  const show = out.isTTY
    ? () => out.write(`\r${line().slice(0, (out.columns || 80) - 1)}\x1b[K`)
    : () => out.write(`${line()}\n`);
  const timer = setInterval(show, out.isTTY ? 200 : TOLD_EACH_MS);
  timer.unref();
  return {
    report: now => {
      doing = now;
    },
    end: how => {
      clearInterval(timer);
      doing = how;
      out.write(`${out.isTTY ? '\r\x1b[K' : ''}${line()}\n`);
    },
  };
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
