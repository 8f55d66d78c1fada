import { Flags } from '@oclif/core';
import { durationFlag } from '../flags/duration.js';
import { organizationFlag } from '../flags/organization.js';
import { logFlags } from '../logging/logFlags.js';
import { fileOf, setting } from '../settings/setting.js';
import { engineFlags } from './engineFlags.js';
import { jobFlags } from './jobFlags.js';
import { pluginFlags } from './pluginFlags.js';
import { sandboxFlags } from './sandboxFlags.js';

export const daemonFlags = {
  psk: setting(
    { env: 'BERTH_PROVISIONER_DAEMON_PSK', aliases: ['CODER_PROVISIONER_DAEMON_PSK'], secret: true },
    Flags.string({ summary: 'Pre-shared key of the coordinator; else your session token is used', helpValue: 'PSK' }),
  ),
  'psk-file': fileOf('psk'),
  tag: setting(
    { env: 'BERTH_PROVISIONERD_TAGS' },
    Flags.string({
      char: 't',
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Tag of the daemon (repeat it for more); scope=user serves your own templates alone',
      helpValue: 'KEY=VALUE',
    }),
  ),
  org: organizationFlag,
  name: setting(
    { env: 'BERTH_PROVISIONERD_NAME' },
    Flags.string({ summary: "Name of the daemon; the host's unless given", helpValue: 'NAME' }),
  ),
  'max-jobs': setting(
    { env: 'BERTH_PROVISIONERD_MAX_JOBS' },
    Flags.integer({ summary: 'How many jobs run at once', default: 1, min: 1, helpValue: 'N' }),
  ),
  once: setting(
    { env: 'BERTH_PROVISIONERD_ONCE' },
    Flags.boolean({ summary: 'Take one job, and end when that has ended' }),
  ),
  'drain-timeout': setting(
    { env: 'BERTH_PROVISIONERD_DRAIN_TIMEOUT' },
    durationFlag({
      summary: 'How long SIGTERM and SIGHUP let jobs go on before they are stopped; for ever unless given',
    }),
  ),
  'data-dir': setting(
    { env: 'BERTH_PROVISIONERD_DATA_DIR' },
    Flags.string({
      summary: 'Folder of this daemon alone; else berth/daemons/NAME in the user data folder',
      helpValue: 'DIR',
    }),
  ),
  ...engineFlags,
  ...pluginFlags,
  'env-allow': setting(
    { env: 'BERTH_ENV_ALLOW' },
    Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Only these environment variables reach templates; NAME* for all that begin so (repeat it for more)',
      helpValue: 'NAME',
    }),
  ),
  ...sandboxFlags,
  ...jobFlags,
  ...logFlags,
};
