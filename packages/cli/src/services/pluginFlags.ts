import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { setting } from '../settings/setting.js';

/** Where plugins come from; of every command that runs daemons. */
export const pluginFlags = {
  'plugin-mirror': setting(
    { env: 'BERTH_PLUGIN_MIRRORS' },
    Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Folder or https URL that plugins come from before their registries (repeat it for more)',
      helpValue: 'DIR|URL',
    }),
  ),
  'plugin-cache': setting(
    { env: 'BERTH_PLUGIN_CACHE' },
    Flags.string({
      summary: 'Folder that fetched plugins are kept in; daemons may share it; else plugins in the data directory',
      helpValue: 'DIR',
    }),
  ),
};

interface GivenPluginFlags {
  'plugin-mirror': string[] | undefined;
  'plugin-cache': string | undefined;
}

/** For another process, which may have another current folder. */
export function pluginOptions(flags: GivenPluginFlags) {
  const cache = flags['plugin-cache'];
  return {
    pluginMirrors: (flags['plugin-mirror'] ?? []).map(mirror => (isAddress(mirror) ? mirror : resolve(mirror))),
    pluginCache: cache === undefined ? undefined : resolve(cache),
  };
}

function isAddress(mirror: string): boolean {
  return /^[a-z]+:\/\//i.test(mirror);
}
