import { Flags } from '@oclif/core';
import { durationFlag } from '../flags/duration.js';
import { setting } from '../settings/setting.js';

/** What the owner of daemons allows jobs. */
export const jobFlags = {
  'build-timeout': setting(
    { env: 'BERTH_BUILD_TIMEOUT' },
    durationFlag({ summary: 'How long a job may take before its terraform is stopped; for ever unless given' }),
  ),
  'no-output-timeout': setting(
    { env: 'BERTH_NO_OUTPUT_TIMEOUT' },
    durationFlag({
      summary: 'How long a terraform may print nothing before it is stopped; for ever unless given',
    }),
  ),
  'policy-file': setting(
    { env: 'BERTH_POLICY_FILE' },
    Flags.string({
      summary:
        'JSON file that says which plugins, provisioners, data sources, resources and archives templates may use',
      helpValue: 'FILE',
    }),
  ),
};

interface GivenJobFlags {
  'build-timeout': number | undefined;
  'no-output-timeout': number | undefined;
}

export function jobLimits(flags: GivenJobFlags) {
  return { buildTimeoutMs: flags['build-timeout'], noOutputTimeoutMs: flags['no-output-timeout'] };
}
