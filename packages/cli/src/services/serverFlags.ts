import { Flags } from '@oclif/core';
import { durationFlag } from '../flags/duration.js';
import { logFlags } from '../logging/logFlags.js';
import { fileOf, setting } from '../settings/setting.js';
import { engineFlags } from './engineFlags.js';
import { jobFlags } from './jobFlags.js';
import { pluginFlags } from './pluginFlags.js';
import { sandboxFlags } from './sandboxFlags.js';
import { storeFlags } from './storeFlags.js';

export const serverFlags = {
  ...storeFlags,
  address: setting(
    { env: 'BERTH_ADDRESS' },
    Flags.string({
      summary: 'Where to listen; port 0 takes a free one',
      default: '127.0.0.1:7400',
      helpValue: 'HOST:PORT',
    }),
  ),
  'access-url': setting(
    { env: 'BERTH_ACCESS_URL' },
    Flags.string({
      summary: 'URL by which users, daemons and templates reach it; else the address that it listens on',
      helpValue: 'URL',
    }),
  ),
  'provisioner-daemons': setting(
    { env: 'BERTH_PROVISIONER_DAEMONS' },
    Flags.integer({ summary: 'How many built-in daemons to run; 0 for none', default: 3, min: 0, helpValue: 'N' }),
  ),
  'provisioner-daemon-psk': setting(
    { env: 'BERTH_PROVISIONER_DAEMON_PSK', aliases: ['CODER_PROVISIONER_DAEMON_PSK'], secret: true },
    Flags.string({
      summary:
        'Pre-shared key of external daemons; several, one a line or as a JSON list of name, secret, organizations',
      helpValue: 'PSK',
    }),
  ),
  'provisioner-daemon-psk-file': fileOf('provisioner-daemon-psk'),
  ...engineFlags,
  'placement-file': setting(
    { env: 'BERTH_PLACEMENT_FILE' },
    Flags.string({
      summary:
        'JSON or YAML file that says where templates place workspaces on Kubernetes: namespace, storage class, tolerations …',
      helpValue: 'FILE',
    }),
  ),
  ...pluginFlags,
  hold: setting(
    { env: 'BERTH_HOLD' },
    durationFlag({ summary: 'How long a build runs on while its daemon cannot reach the coordinator (20m)' }),
  ),
  'lost-after': setting(
    { env: 'BERTH_LOST_AFTER' },
    durationFlag({ summary: 'When a build whose daemon is out of reach is given up (30m)' }),
  ),
  'max-pending': setting(
    { env: 'BERTH_MAX_PENDING' },
    durationFlag({ summary: 'How long a job may wait for a daemon before it fails; for ever unless given' }),
  ),
  'keep-states': setting(
    { env: 'BERTH_KEEP_STATES' },
    Flags.integer({
      summary: 'Of how many of its last builds a workspace keeps the states; of all unless given',
      min: 1,
      helpValue: 'N',
    }),
  ),
  'cancel-grace': setting(
    { env: 'BERTH_CANCEL_GRACE' },
    durationFlag({
      summary: 'How long a canceled build may finish what it has begun before its plugins are ended (5m)',
    }),
  ),
  ...sandboxFlags,
  ...jobFlags,
  ...logFlags,
};
