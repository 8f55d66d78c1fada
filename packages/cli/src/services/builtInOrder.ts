import { engineName } from '@berth/protocol';
import { z } from 'zod';

/**
 * What a coordinator tells the process of its built-in daemons: one line of JSON on its standard input, because other
 * users of the machine can read arguments. The pipe then stays open; its end means that the coordinator is gone.
 */
export const builtInOrder = z.object({
  url: z.string(),
  psk: z.string(),
  count: z.number().int().positive(),
  dataDir: z.string(),
  enginePath: z.string().optional(),
  engineRelease: z
    .object({ name: engineName, version: z.string(), url: z.string().optional(), keyFile: z.string().optional() })
    .optional(),
  pluginMirrors: z.array(z.string()),
  pluginCache: z.string().optional(),
  policyFile: z.string().nullable(),
  limits: z.object({ buildTimeoutMs: z.number().optional(), noOutputTimeoutMs: z.number().optional() }),
  sandbox: z.object({
    mode: z.enum(['auto', 'require', 'none']),
    readable: z.array(z.string()),
    writable: z.array(z.string()),
    hidden: z.array(z.string()),
  }),
  logFormat: z.enum(['human', 'json']),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']),
});
export type BuiltInOrder = z.infer<typeof builtInOrder>;
