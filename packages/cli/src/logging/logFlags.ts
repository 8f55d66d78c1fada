import { Flags } from '@oclif/core';
import { setting } from '../settings/setting.js';
import type { LogSettings } from './serviceLog.js';

/** Flags of the commands that run a service. */
export const logFlags = {
  'log-format': setting(
    { env: 'BERTH_LOG_FORMAT' },
    Flags.custom<LogSettings['format']>({ options: ['human', 'json'] })({
      summary: 'Form of the log',
      default: 'human',
    }),
  ),
  'log-level': setting(
    { env: 'BERTH_LOG_LEVEL' },
    Flags.custom<LogSettings['level']>({ options: ['debug', 'info', 'warn', 'error'] })({
      summary: 'What is logged at least',
      default: 'info',
    }),
  ),
};
