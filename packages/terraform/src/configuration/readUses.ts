import type { EngineName } from '../engine/versions.js';
import { type FileBlocks, labelled, type ResourceBlock, toBodies } from './blocks.js';
import type { RequiredProvider, Use } from './configuration.js';
import { expressionSource } from './templateText.js';

/** A file that was read, with its text. */
interface ReadFile {
  blocks: FileBlocks;
  text: string;
}

/** Where an engine looks for a plugin whose address names no host. */
const registries: Readonly<Record<EngineName, string>> = {
  terraform: 'registry.terraform.io',
  tofu: 'registry.opentofu.org',
};

/** Part of the engine itself. */
const BUILT_IN = 'terraform';

/** What a module makes use of: resources, data sources, provisioners, and the plugins that these and it itself name. */
export function readUses(files: readonly ReadFile[], required: readonly RequiredProvider[], engine: EngineName): Use[] {
  const addresses = new Map(
    required.map(({ name, source }) => [name, pluginAddress(source ?? `hashicorp/${name}`, engine)]),
  );
  const addressOf = (name: string): string => addresses.get(name) ?? pluginAddress(`hashicorp/${name}`, engine);
  const uses: Use[] = [];
  for (const { blocks, text } of files) {
    const at = (pattern: string, from = 0) => placeOf(blocks, text, pattern, from);
    for (const name of blocks.terraform.flatMap(body => toBodies(body.required_providers)).flatMap(Object.keys)) {
      uses.push({ kind: 'plugin', name: addressOf(name), ...at(`^\\s*"?${escaped(name)}"?\\s*[=:]`) });
    }
    for (const { name } of blocks.providers) {
      uses.push({ kind: 'plugin', name: addressOf(name), ...at(`provider\\s+"?${escaped(name)}\\b`) });
    }
    for (const resource of blocks.resources) {
      const place = at(`${resource.mode}\\s+"?${escaped(resource.type)}"?\\s+"?${escaped(resource.name)}\\b`);
      uses.push({ kind: resource.mode === 'data' ? 'data_source' : 'resource', name: resource.type, ...place });
      const local = localProvider(resource);
      if (local !== BUILT_IN) uses.push({ kind: 'plugin', name: addressOf(local), ...place });
      for (const { name } of labelled(resource.body.provisioner)) {
        uses.push({ kind: 'provisioner', name, ...at(provisioner(name), place.line ?? 0) });
      }
    }
    for (const { name } of blocks.removed.flatMap(body => labelled(body.provisioner))) {
      uses.push({ kind: 'provisioner', name, ...at(provisioner(name)) });
    }
  }
  return uses;
}

function provisioner(type: string): string {
  return `provisioner\\s+"?${escaped(type)}\\b`;
}

/** In full: `HOST/NAMESPACE/TYPE`. */
function pluginAddress(source: string, engine: EngineName): string {
  const parts = source.toLowerCase().split('/');
  if (parts.length === 1) return `${registries[engine]}/hashicorp/${parts[0]}`;
  return parts.length === 2 ? `${registries[engine]}/${parts.join('/')}` : parts.join('/');
}

/** The local name of a resource's plugin: that of its `provider` argument, else the first word of its type. */
function localProvider({ type, body }: ResourceBlock): string {
  const named = typeof body.provider === 'string' ? expressionSource(body.provider) : '';
  return named.split('.')[0] || (type.split('_')[0] ?? type);
}

/** The first line from `from` on (from 1; 0 for the whole file) in which the pattern is found; none in JSON files. */
function placeOf(
  { file, syntax }: FileBlocks,
  text: string,
  pattern: string,
  from: number,
): { file: string; line: number | null } {
  if (syntax === 'json') return { file, line: null };
  const looksRight = new RegExp(pattern);
  const found = text.split('\n').findIndex((line, i) => i + 1 >= from && looksRight.test(line));
  return { file, line: found === -1 ? null : found + 1 };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
