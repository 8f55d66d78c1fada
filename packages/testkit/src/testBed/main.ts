/** The program of `scripts/testbed`. */
import { existsSync } from 'node:fs';
import { buildParts } from './buildParts.js';
import { isPartName, type PartName, partNames } from './parts.js';
import { recipeOf } from './recipe.js';

const usage = `usage: scripts/testbed build|status [PART…]
parts: ${partNames.join(' ')}
`;

const [command, ...given] = process.argv.slice(2);
const names = given.filter(isPartName);
if (names.length < given.length) refuse(`no such part: ${given.find(name => !isPartName(name))}`);
const chosen: readonly PartName[] = names.length > 0 ? names : partNames;

if (command === 'build') {
  const failed = await buildParts(chosen, process.stderr);
  process.exitCode = failed.length > 0 ? 1 : 0;
} else if (command === 'status') {
  for (const name of chosen) {
    const { version, folder } = recipeOf(name);
    process.stdout.write(`${name.padEnd(12)}${version.padEnd(10)}${existsSync(folder) ? folder : 'not built'}\n`);
  }
} else refuse();

function refuse(problem?: string): never {
  process.stderr.write(`${problem === undefined ? '' : `${problem}\n`}${usage}`);
  process.exit(2);
}
