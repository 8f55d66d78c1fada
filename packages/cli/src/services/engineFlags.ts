import { resolve } from 'node:path';
import { type EngineName, engineName } from '@berth/protocol';
import { Flags } from '@oclif/core';
import { setting } from '../settings/setting.js';

/** Which engine daemons run; of every command that runs some. */
export const engineFlags = {
  'engine-path': setting(
    { env: 'BERTH_ENGINE_PATH' },
    Flags.string({ summary: 'Engine to run; else terraform, else tofu on PATH', helpValue: 'FILE' }),
  ),
  'engine-install': setting(
    { env: 'BERTH_ENGINE_INSTALL' },
    Flags.string({
      summary: 'Release of an engine to install into the data directory and run: 1.11.4, tofu@1.9.0',
      helpValue: '[ENGINE@]VERSION',
      exclusive: ['engine-path'],
    }),
  ),
  'engine-release-url': setting(
    { env: 'BERTH_ENGINE_RELEASE_URL' },
    Flags.string({ summary: "Where releases come from; their makers' own place unless given", helpValue: 'URL' }),
  ),
  'engine-release-key': setting(
    { env: 'BERTH_ENGINE_RELEASE_KEY' },
    Flags.string({
      summary: "File of the OpenPGP key that signs them; their makers' own unless given",
      helpValue: 'FILE',
    }),
  ),
};

interface GivenEngineFlags {
  'engine-path': string | undefined;
  'engine-install': string | undefined;
  'engine-release-url': string | undefined;
  'engine-release-key': string | undefined;
}

/** Checked where it is installed. For another process, which may have another current folder. */
export function engineOptions(flags: GivenEngineFlags) {
  const { 'engine-path': path, 'engine-install': release, 'engine-release-key': key } = flags;
  return {
    enginePath: path,
    engineRelease:
      release === undefined
        ? undefined
        : {
            ...readRelease(release),
            url: flags['engine-release-url'],
            keyFile: key === undefined ? undefined : resolve(key),
          },
  };
}

function readRelease(text: string): { name: EngineName; version: string } {
  const [first = '', second] = text.split('@');
  if (second === undefined) return { name: 'terraform', version: first.replace(/^v/, '') };
  const name = engineName.safeParse(first);
  return name.success ? { name: name.data, version: second.replace(/^v/, '') } : { name: 'terraform', version: text };
}
