import type { JsonValue } from '../jsonValue.js';
import { type FileBlocks, toBodies } from './blocks.js';
import type { Backend, Output, RequiredProvider } from './configuration.js';
import { plainText } from './readVariables.js';

/** Every `required_version`; an override file that has some replaces those of the files before it. */
export function readRequiredVersions(files: readonly FileBlocks[]): string[] {
  let versions: string[] = [];
  for (const { override, terraform } of files) {
    const found = terraform.map(block => block.required_version).filter(version => typeof version === 'string');
    if (found.length > 0) versions = override ? found : [...versions, ...found];
  }
  return versions;
}

/** Sorted by local name; an override file replaces one of the same name. */
export function readRequiredProviders(files: readonly FileBlocks[]): RequiredProvider[] {
  const providers = new Map<string, RequiredProvider>();
  for (const { terraform } of files) {
    for (const block of terraform.flatMap(body => toBodies(body.required_providers))) {
      for (const [name, value] of Object.entries(block)) providers.set(name, readProvider(name, value));
    }
  }
  return [...providers.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `{ source, version }`, or the version alone as it was written once. */
function readProvider(name: string, value: JsonValue): RequiredProvider {
  if (typeof value === 'string') return { name, source: null, version: value };
  const [body = {}] = toBodies(value);
  return {
    name,
    source: typeof body.source === 'string' ? body.source : null,
    version: typeof body.version === 'string' ? body.version : null,
  };
}

/** The backend that wins: the last one, since override files come last. */
export function readBackend(files: readonly FileBlocks[]): Backend | null {
  let backend: Backend | null = null;
  for (const { file, override, terraform } of files) {
    for (const body of terraform) {
      if (body.cloud !== undefined) backend = { type: 'cloud', file, override };
      for (const type of toBodies(body.backend).flatMap(Object.keys)) backend = { type, file, override };
    }
  }
  return backend;
}

/** Sorted by name; an override file changes the arguments that it names. */
export function readOutputs(files: readonly FileBlocks[]): Output[] {
  const outputs = new Map<string, Output>();
  for (const { syntax, outputs: blocks } of files) {
    for (const { name, body } of blocks) {
      const output = outputs.get(name) ?? { name, description: null, sensitive: false };
      if (typeof body.description === 'string') output.description = plainText(body.description, syntax);
      if (body.sensitive !== undefined) output.sensitive = body.sensitive === true || body.sensitive === 'true';
      outputs.set(name, output);
    }
  }
  return [...outputs.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
