import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RunFolder } from './cluster/runFolder.js';
import { recipeOf } from './recipe.js';

/** Lines for a shell, with which its commands meet the cluster of this run, and the engines and helm of the bed. */
export function formatEnvironment(folder: RunFolder): string {
  const programs = (['tofu', 'helm'] as const).map(name => join(recipeOf(name).folder, 'bin')).filter(existsSync);
  const path = [...programs.map(quote), '"$PATH"'].join(':');
  return `export KUBECONFIG=${quote(folder.kubeconfig)}\n${programs.length > 0 ? `export PATH=${path}\n` : ''}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
