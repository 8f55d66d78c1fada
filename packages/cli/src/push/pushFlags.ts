import { type EngineName, engineName } from '@berth/protocol';
import { Flags } from '@oclif/core';
import { organizationFlag } from '../flags/organization.js';
import { detachFlag, yesFlag } from '../followingCommand.js';

export const pushFlags = {
  directory: Flags.string({ char: 'd', default: '.', summary: 'Folder of the template', helpValue: 'DIR' }),
  stack: Flags.string({ summary: 'Stack of a CDKTF project that has several', helpValue: 'NAME' }),
  'provisioner-tag': Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    summary: 'Tag that a daemon must have to run it (repeat it for more)',
    helpValue: 'KEY=VALUE',
    exclusive: ['clear-provisioner-tags'],
  }),
  'clear-provisioner-tags': Flags.boolean({ summary: 'Drop the tags of the versions before' }),
  variable: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    summary: 'Value that pins a variable; lists and objects as JSON (repeat it for more)',
    helpValue: 'NAME=VALUE',
  }),
  'variables-file': Flags.string({
    summary: 'JSON, YAML or .tfvars file with values that pin variables',
    helpValue: 'FILE',
  }),
  sample: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    summary: "Value of an open variable for the import's plan alone (repeat it for more)",
    helpValue: 'NAME=VALUE',
  }),
  message: Flags.string({ char: 'm', default: '', summary: 'What is new in this version', helpValue: 'TEXT' }),
  'version-name': Flags.string({ summary: 'Name of the version; v1, v2 … unless given', helpValue: 'NAME' }),
  activate: Flags.boolean({
    default: true,
    allowNo: true,
    summary: 'Make it the active version once it has imported',
  }),
  engine: Flags.custom<EngineName>({ options: engineName.options })({
    summary: "Engine of the version; else the active version's, else that of the daemon that imports it",
  }),
  org: organizationFlag,
  detach: detachFlag,
  yes: yesFlag,
};

/** The flags of a push that say what its version is made of. */
export interface VersionFlags {
  'provisioner-tag': string[] | undefined;
  'clear-provisioner-tags': boolean;
  variable: string[] | undefined;
  'variables-file': string | undefined;
  sample: string[] | undefined;
  message: string;
  'version-name': string | undefined;
  activate: boolean;
  engine: EngineName | undefined;
}
