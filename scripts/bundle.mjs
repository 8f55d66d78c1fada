#!/usr/bin/env node
/**
 * Gathers the compiled packages and their libraries into few files, packages/cli/bundle: what `berth` runs. Loading some
 * hundred small modules takes several times as long as running them.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { externalPackages } from './bundleExternals.mjs';

const root = resolve(import.meta.dirname, '..');
const compiled = join(root, 'packages/cli/dist');
const target = join(root, 'packages/cli/bundle');

const external = [...externalPackages, /^@oclif\/core\//, /^node:/];

const commands = readdirSync(join(compiled, 'commands'), { recursive: true })
  .filter(name => name.endsWith('.js'))
  .map(name => join(compiled, 'commands', name));
const entries = [join(compiled, 'index.js'), join(compiled, 'commandNotFound.js'), ...commands];

rmSync(target, { recursive: true, force: true });
const bundle = await rolldown({
  input: Object.fromEntries(entries.map(file => [relative(compiled, file).replace(/\.js$/, ''), file])),
  platform: 'node',
  external,
  plugins: [ownLocation(), kyselyBundled()],
});
await bundle.write({
  dir: target,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  minify: 'dce-only',
});
await bundle.close();

// The bundle is a package of its own to oclif: its list of commands names the bundled files.
const own = JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8'));
const { name, version, type, description } = own;
const oclif = { ...own.oclif, commands: './commands', hooks: { command_not_found: './commandNotFound.js' } };
writeFileSync(join(target, 'package.json'), JSON.stringify({ name, version, type, description, oclif }));
const manifest = JSON.parse(readFileSync(join(root, 'packages/cli/oclif.manifest.json'), 'utf8'));
for (const command of Object.values(manifest.commands)) command.relativePath.shift();
writeFileSync(join(target, 'oclif.manifest.json'), JSON.stringify(manifest));

/** A module that looks for files beside itself finds them where it was compiled to. */
function ownLocation() {
  return {
    name: 'own-location',
    transform(code, id) {
      if (!id.startsWith(join(root, 'packages')) || id.startsWith(compiled) || !code.includes('import.meta.'))
        return null;
      // Every chunk lies at the top of the bundle's folder.
      const original = relative(target, id);
      return {
        code: code
          .replaceAll('import.meta.url', `new URL(${JSON.stringify(original)}, import.meta.url).href`)
          .replaceAll('import.meta.dirname', `new URL(${JSON.stringify(dirname(original))}, import.meta.url).pathname`),
      };
    },
  };
}

/** The store loads Kysely by require, which is faster than its many ES modules; bundled, those are faster still. */
function kyselyBundled() {
  return {
    name: 'kysely-bundled',
    transform(_code, id) {
      if (!id.endsWith('/store/dist/sql/kysely.js')) return null;
      return {
        code: readFileSync(id, 'utf8')
          .replace(/const kysely = .*\n/, '')
          .replace(/import .*\n/, '')
          .replace(/export const (\{.*\}) = kysely;/, "export $1 from 'kysely';"),
      };
    },
  };
}
