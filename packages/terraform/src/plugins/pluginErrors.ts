import { TerraformError } from '../errors.js';
import type { Diagnostic } from '../output/diagnostic.js';
import type { LockedPlugin } from './lockedPlugins.js';
import { describeSources } from './pluginSources.js';

/** The engine has no codes for these; terraform and tofu use the same words. */
const HASH_MISMATCH = /checksums (previously )?recorded in the dependency lock file/;
const NO_VERSION = /no available releases match/i;
const OF_PLUGINS = /provider packages|install providers?\b|provider version/i;

/** Why a locked plugin could not be fetched: where it was looked for, and last what the engine said. */
export function fetchError(
  { address, version }: LockedPlugin,
  platform: string,
  mirrors: readonly string[],
  errors: readonly Diagnostic[],
): TerraformError {
  const [host = '', ...rest] = address.split('/');
  const what = `the plugin ${rest.join('/')} ${version} for ${platform}`;
  const asked = describeSources(mirrors, `the registry ${host}`);
  return isMismatch(errors)
    ? mismatch(`${what}, as it was found (asked: ${asked})`, errors)
    : unavailable(`${what} cannot be had (asked: ${asked})${saying(errors)}`, errors);
}

/**
 * Why an init that was to choose plugins itself failed, when it was because of them; null when it was not.
 *
 * @param mirrors that it was given
 */
export function pluginError(mirrors: readonly string[], errors: readonly Diagnostic[]): TerraformError | null {
  const found = errors.filter(({ summary, detail }) => OF_PLUGINS.test(summary) || HASH_MISMATCH.test(detail));
  if (found.length === 0) return null;
  const asked = describeSources(mirrors, 'the registries of the plugins');
  return isMismatch(found)
    ? mismatch(`a plugin as it was found (asked: ${asked})${saying(found)}`, found)
    : unavailable(`a plugin of the template cannot be had (asked: ${asked})${saying(found)}`, found);
}

/** Whether the sources that were asked for a plugin have it, and no version that the template allows. */
export function lacksVersion(errors: readonly Diagnostic[]): boolean {
  return errors.some(({ detail }) => NO_VERSION.test(detail.replace(/\s+/g, ' ')));
}

function isMismatch(errors: readonly Diagnostic[]): boolean {
  return errors.some(({ detail }) => HASH_MISMATCH.test(detail.replace(/\s+/g, ' ')));
}

function mismatch(what: string, diagnostics: readonly Diagnostic[]): TerraformError {
  return new TerraformError('plugin_hash_mismatch', `the template's lock file has no checksum of ${what}`, {
    diagnostics,
  });
}

function unavailable(message: string, diagnostics: readonly Diagnostic[]): TerraformError {
  return new TerraformError('plugin_unavailable', message, { diagnostics });
}

/** The first paragraph of the first error, in one line; the rest is advice for people at a terminal. */
function saying([first]: readonly Diagnostic[]): string {
  if (first === undefined) return '';
  const [paragraph = ''] = first.detail.trim().split('\n\n');
  return `: ${(paragraph || first.summary).replace(/\s+/g, ' ').trim()}`;
}
