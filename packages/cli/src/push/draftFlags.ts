import type { EngineName } from '@berth/protocol';
import { Flags } from '@oclif/core';
import { pushFlags } from './pushFlags.js';

/** Flags that say what a folder is imported as, for a plan of it. */
export const draftFlags = {
  directory: Flags.string({
    char: 'd',
    summary: 'Plan this folder in place of a version that was pushed',
    helpValue: 'DIR',
  }),
  stack: pushFlags.stack,
  'provisioner-tag': pushFlags['provisioner-tag'],
  'clear-provisioner-tags': pushFlags['clear-provisioner-tags'],
  variable: pushFlags.variable,
  'variables-file': pushFlags['variables-file'],
  engine: pushFlags.engine,
};

export interface DraftFlags {
  stack: string | undefined;
  'provisioner-tag': string[] | undefined;
  'clear-provisioner-tags': boolean;
  variable: string[] | undefined;
  'variables-file': string | undefined;
  engine: EngineName | undefined;
}
