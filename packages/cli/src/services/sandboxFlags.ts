import { resolve } from 'node:path';
import type { SandboxOptions } from '@berth/daemon';
import { Flags } from '@oclif/core';
import { configFolder } from '../settings/configFolder.js';
import { setting } from '../settings/setting.js';

/** Of every command that runs daemons. */
export const sandboxFlags = {
  sandbox: setting(
    { env: 'BERTH_SANDBOX' },
    Flags.option({
      options: ['auto', 'require', 'none'] as const,
      default: 'auto' as const,
      summary:
        'Run templates in a sandbox (bubblewrap): where it works, always (without one it does not start), or never',
    })(),
  ),
  'sandbox-readable': setting(
    { env: 'BERTH_SANDBOX_READABLE' },
    Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      summary: 'File or folder that templates may read in the sandbox: a kubeconfig, ~/.aws (repeat it for more)',
      helpValue: 'PATH',
    }),
  ),
  'sandbox-writable': setting(
    { env: 'BERTH_SANDBOX_WRITABLE' },
    Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      summary: 'File, folder or socket that templates may write to in the sandbox (repeat it for more)',
      helpValue: 'PATH',
    }),
  ),
};

interface GivenSandboxFlags {
  sandbox: SandboxOptions['mode'];
  'sandbox-readable': string[] | undefined;
  'sandbox-writable': string[] | undefined;
}

/**
 * @param secrets files and folders of this process that no template may see; where one was not given it is undefined
 */
export function sandboxOptions(flags: GivenSandboxFlags, secrets: readonly (string | undefined)[]) {
  return {
    mode: flags.sandbox,
    readable: (flags['sandbox-readable'] ?? []).map(path => resolve(path)),
    writable: (flags['sandbox-writable'] ?? []).map(path => resolve(path)),
    hidden: [configFolder(), ...secrets].filter(path => path !== undefined).map(path => resolve(path)),
  };
}
