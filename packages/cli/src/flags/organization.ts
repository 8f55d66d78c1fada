import { Flags } from '@oclif/core';
import { setting } from '../settings/setting.js';

export const organizationFlag = setting(
  { env: 'BERTH_ORGANIZATION' },
  Flags.string({ char: 'o', aliases: ['organization'], summary: 'Organization, by name or id', helpValue: 'ORG' }),
);
