import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BerthError } from '@berth/protocol';
import { z } from 'zod';

const packageFile = z.looseObject({ dependencies: z.record(z.string(), z.string()).optional() });

const constructs = '@berth/constructs';
const place = 'vendor/berth-constructs';

/**
 * Puts the constructs that an example's program imports into its folder, in the version of this installation, and has
 * its package.json take them from there. So the project needs nothing but `npm install`, wherever it is checked out.
 *
 * @param root folder of this package, or of its bundle one level below
 * @param directory the project
 * @returns whether the example needs an install; false for one that is no program
 */
export function vendorConstructs(root: string, directory: string): boolean {
  const file = join(directory, 'package.json');
  if (!existsSync(file)) return false;
  const project = packageFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  if (project.dependencies?.[constructs] === undefined) return true;
  const source = [join(root, '../constructs'), join(root, '../../constructs')].find(path => {
    return existsSync(join(path, 'dist/index.js'));
  });
  if (source === undefined) {
    throw new BerthError('not_found', `${constructs} is not part of this installation`, {
      hint: "In a checkout, 'scripts/build' makes it.",
    });
  }
  copyCompiled(source, join(directory, place));
  project.dependencies[constructs] = `file:${place}`;
  writeFileSync(file, `${JSON.stringify(project, null, 2)}\n`);
  return true;
}

/** The compiled package, without what only its own development needs. */
function copyCompiled(source: string, target: string): void {
  const { devDependencies: _, ...description } = packageFile.parse(
    JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')),
  );
  cpSync(join(source, 'dist'), join(target, 'dist'), {
    recursive: true,
    filter: path => !/[/\\]\.(test|tsbuildinfo)$|\.map$/.test(path),
  });
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(description, null, 2)}\n`);
}
