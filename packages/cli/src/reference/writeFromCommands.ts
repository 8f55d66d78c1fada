import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Plugin, settings } from '@oclif/core';
import { renderReference } from './renderReference.js';

const root = join(import.meta.dirname, '..', '..');

/** Writes the list of the compiled commands, so that the start of `berth` loads only the command that is run. */
export async function writeManifest(): Promise<void> {
  const { manifest } = await loadCommands();
  writeFileSync(join(root, 'oclif.manifest.json'), `${JSON.stringify(manifest)}\n`);
}

/** Writes REFERENCE.md of this package. */
export async function writeReference(): Promise<void> {
  const { commands } = await loadCommands();
  const classes = await Promise.all(commands.map(command => command.load()));
  writeFileSync(join(root, 'REFERENCE.md'), renderReference(classes));
}

async function loadCommands(): Promise<Plugin> {
  settings.enableAutoTranspile = false;
  const plugin = new Plugin({ root, type: 'core', ignoreManifest: true, errorOnManifestCreate: true });
  await plugin.load();
  return plugin;
}
