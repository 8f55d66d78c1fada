import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineName } from '../engine/versions.js';
import { TerraformError } from '../errors.js';
import { parseJson } from '../jsonValue.js';
import type { Diagnostic } from '../output/diagnostic.js';
import { type FileBlocks, readBlocks } from './blocks.js';
import type { Configuration } from './configuration.js';
import { type ConfigurationFile, listConfigurationFiles } from './configurationFiles.js';
import { asDeclared } from './declarationOrder.js';
import { convertHcl } from './hclProcess.js';
import { readBackend, readOutputs, readRequiredProviders, readRequiredVersions } from './readTerraformBlocks.js';
import { readUses } from './readUses.js';
import { readVariables, typeKey } from './readVariables.js';
import { hclErrors, jsonErrors } from './syntaxErrors.js';

/**
 * Reads what the root module in a folder says of itself, without running the engine: variables, outputs, required
 * versions and plugins, backend, what it makes use of. Whether it all fits together is for `validate` to say.
 *
 * @throws TerraformError `no_configuration`, `invalid_configuration` (with every syntax error), `configuration_unreadable`
 */
export async function readConfiguration(folder: string, engine: EngineName): Promise<Configuration> {
  const files = await listConfigurationFiles(folder, engine);
  if (files.length === 0) {
    throw new TerraformError('no_configuration', `there is no configuration file for ${engine} in the folder`);
  }
  const texts = await Promise.all(files.map(file => readFile(join(folder, file.name), 'utf8')));
  const sources = files.map((file, i) => ({ file, text: texts[i] ?? '' }));

  const errors: Diagnostic[] = [];
  const blocks = new Map<ConfigurationFile, FileBlocks>();
  for (const { file, text } of sources.filter(source => source.file.syntax === 'json')) {
    const content = parseJson(text);
    if (content === undefined) errors.push(...jsonErrors(file.name, text));
    else blocks.set(file, readBlocks(file, content));
  }

  const native = sources.filter(source => source.file.syntax === 'native');
  const converted = await convertHcl(
    native.map(({ file, text }) => ({ name: file.name, text })),
    typesOf([...blocks.values()]),
  );
  native.forEach(({ file }, i) => {
    const result = converted.files[i];
    if (result !== undefined && 'error' in result) errors.push(...hclErrors(file.name, result.error));
    else blocks.set(file, readBlocks(file, result?.content));
  });
  if (errors.length > 0) throw invalid(errors);

  const inOrder = sources.flatMap(({ file, text }) => {
    const found = blocks.get(file);
    if (found === undefined) return [];
    return [file.syntax === 'native' ? { ...found, variables: asDeclared(found.variables, text) } : found];
  });
  const requiredProviders = readRequiredProviders(inOrder);
  const read = sources.flatMap(({ file, text }) => {
    const found = blocks.get(file);
    return found === undefined ? [] : [{ blocks: found, text }];
  });
  return {
    uses: readUses(read, requiredProviders, engine),
    variables: readVariables(inOrder, converted.expressions),
    outputs: readOutputs(inOrder),
    requiredVersions: readRequiredVersions(inOrder),
    requiredProviders,
    backend: readBackend(inOrder),
  };
}

/** The types of variables in JSON files, whose syntax trees only the converter can make. */
function typesOf(blocks: readonly FileBlocks[]): string[] {
  return blocks
    .flatMap(file => file.variables.map(({ body }) => body.type))
    .filter(type => typeof type === 'string')
    .map(typeKey);
}

function invalid(errors: readonly Diagnostic[]): TerraformError {
  const [first] = errors;
  const place = first === undefined ? '' : `${first.file}${first.line === null ? '' : ` line ${first.line}`}: `;
  return new TerraformError('invalid_configuration', `${place}${first?.summary ?? 'the configuration is invalid'}`, {
    diagnostics: errors,
  });
}
