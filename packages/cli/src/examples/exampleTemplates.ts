import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BerthError } from '@berth/protocol';

/** A template that comes with Berth. */
export interface ExampleTemplate {
  name: string;
  /** The first sentence of its README. */
  description: string;
  folder: string;
}

/**
 * The templates that come with Berth: folders beside the packages, in a checkout and in an installation alike.
 *
 * @param root folder of this package, or of its bundle one level below
 */
export function listExamples(root: string): ExampleTemplate[] {
  const templates = ['../../templates', '../../../templates']
    .map(path => join(root, path))
    .find(path => existsSync(path));
  if (templates === undefined) return [];
  return readdirSync(templates, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ name }) => ({ name, description: firstSentence(join(templates, name)), folder: join(templates, name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Copies an example into a new folder.
 *
 * @throws BerthError `conflict` when the folder holds something already
 */
export function copyExample(example: ExampleTemplate, directory: string): void {
  if (existsSync(directory) && readdirSync(directory).length > 0) {
    throw new BerthError('conflict', `the folder '${directory}' is not empty`, { hint: 'Name another folder.' });
  }
  mkdirSync(directory, { recursive: true });
  cpSync(example.folder, directory, {
    recursive: true,
    filter: path => !/[/\\](\.terraform|node_modules|build|cdktf\.out)$/.test(path),
  });
}

function firstSentence(folder: string): string {
  const file = join(folder, 'README.md');
  if (!existsSync(file)) return '';
  const text = readFileSync(file, 'utf8').replace(/^#.*$/gm, '').trim();
  return (/^[\s\S]*?[.:](?=\s|$)/.exec(text)?.[0] ?? '').replace(/\s+/g, ' ').replace(/:$/, '.');
}
