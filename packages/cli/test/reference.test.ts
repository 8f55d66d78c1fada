import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Command } from '@oclif/core';
import { expect, test } from 'vitest';
import { renderReference } from '../src/reference/renderReference.js';

const folder = join(import.meta.dirname, '../src/commands');

test('the reference page is that of the commands', async () => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'));
  const commands = await Promise.all(files.map(load));
  const page = readFileSync(join(import.meta.dirname, '../REFERENCE.md'), 'utf8');
  expect(page, 'run scripts/cli-reference').toBe(renderReference(commands));
});

async function load(file: string): Promise<Command.Class> {
  const { default: command }: { default: Command.Class } = await import(join(folder, file));
  command.id = relative('.', file).replace(/\.ts$/, '').replaceAll('/', ':');
  return command;
}
