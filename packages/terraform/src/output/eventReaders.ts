import { z } from 'zod';
import { jsonValue } from '../jsonValue.js';
import { diagnosticJson, toDiagnostic } from './diagnostic.js';
import type { Action, EngineEvent, LogLevel } from './engineEvent.js';

/** What every event has around its body. */
interface EventContext {
  message: string;
  level: LogLevel;
  variablesFile: string | null;
}

/** Reads the body of one type of event; null when it lacks what the type has. */
type EventReader = (json: unknown, context: EventContext) => EngineEvent | null;

function reader<T>(schema: z.ZodType<T>, build: (body: T, context: EventContext) => EngineEvent): EventReader {
  return (json, context) => {
    const body = schema.safeParse(json);
    return body.success ? build(body.data, context) : null;
  };
}

/** The engine's words for actions, where they are not ours. */
const actionNames = new Map<string, Action>([
  ['noop', 'no-op'],
  ['remove', 'forget'],
]);
const actions = ['create', 'read', 'update', 'replace', 'delete', 'import', 'move', 'forget', 'no-op'] as const;
const action = z.preprocess(
  word => (typeof word === 'string' ? (actionNames.get(word) ?? word) : word),
  z.enum(actions satisfies readonly Action[]),
);

const resource = z.object({ addr: z.string() });

const versionBody = z.object({ terraform: z.string().optional(), tofu: z.string().optional(), ui: z.string() });

const changeBody = z.object({
  change: z.object({
    resource,
    previous_resource: resource.nullish(),
    action,
    reason: z.string().nullish(),
  }),
});

const summaryBody = z.object({
  changes: z.object({
    add: z.number(),
    change: z.number(),
    remove: z.number(),
    import: z.number().default(0),
    operation: z.enum(['plan', 'apply', 'destroy']),
  }),
});

const progressBody = z.object({
  hook: z.object({
    resource,
    // The refresh events have none: they read.
    action: action.default('read'),
    elapsed_seconds: z.number().nullish(),
    id_key: z.string().nullish(),
    id_value: z.string().nullish(),
  }),
});

const provisionBody = z.object({
  hook: z.object({ resource, provisioner: z.string(), output: z.string().nullish() }),
});

const outputsBody = z.object({
  outputs: z.record(
    z.string(),
    z.object({ sensitive: z.boolean(), type: jsonValue.optional(), value: jsonValue.optional() }),
  ),
});

/** The types of events that are known, each with what reads its body. */
export const eventReaders: ReadonlyMap<string, EventReader> = new Map<string, EventReader>([
  [
    'version',
    reader(versionBody, ({ terraform, tofu, ui }, { message }) => {
      return { type: 'version', message, engine: tofu ? 'tofu' : 'terraform', version: tofu ?? terraform ?? '', ui };
    }),
  ],
  ['planned_change', changeReader('planned_change')],
  ['resource_drift', changeReader('resource_drift')],
  [
    'change_summary',
    reader(summaryBody, ({ changes }, { message }) => ({ type: 'change_summary', message, summary: changes })),
  ],
  ['apply_start', progressReader('apply_start')],
  ['apply_progress', progressReader('apply_progress')],
  ['apply_complete', progressReader('apply_complete')],
  ['apply_errored', progressReader('apply_errored')],
  ['refresh_start', progressReader('refresh_start')],
  ['refresh_complete', progressReader('refresh_complete')],
  ['provision_start', provisionReader('provision_start')],
  ['provision_progress', provisionReader('provision_progress')],
  ['provision_complete', provisionReader('provision_complete')],
  ['provision_errored', provisionReader('provision_errored')],
  [
    'diagnostic',
    reader(z.object({ diagnostic: diagnosticJson }), ({ diagnostic }, { message, variablesFile }) => {
      return { type: 'diagnostic', message, diagnostic: toDiagnostic(diagnostic, variablesFile) };
    }),
  ],
  [
    'outputs',
    reader(outputsBody, ({ outputs }, { message }) => ({
      type: 'outputs',
      message,
      outputs: Object.fromEntries(
        Object.entries(outputs).map(([name, { sensitive, type, value }]) => {
          return [name, { sensitive, type: type ?? null, value: value ?? null }];
        }),
      ),
    })),
  ],
  ['log', (_json, { message, level }) => ({ type: 'log', message, level })],
  // Progress of init: plain sentences.
  ['init_output', (_json, { message, level }) => ({ type: 'log', message, level })],
]);

function changeReader(type: 'planned_change' | 'resource_drift'): EventReader {
  return reader(changeBody, ({ change }, { message }) => ({
    type,
    message,
    change: {
      address: change.resource.addr,
      action: change.action,
      reason: change.reason ?? null,
      previousAddress: change.previous_resource?.addr ?? null,
    },
  }));
}

type ProgressType = Extract<EngineEvent, { resource: unknown }>['type'];

function progressReader(type: ProgressType): EventReader {
  return reader(progressBody, ({ hook }, { message }) => ({
    type,
    message,
    resource: {
      address: hook.resource.addr,
      action: hook.action,
      elapsedSeconds: hook.elapsed_seconds ?? null,
      id: hook.id_key && hook.id_value ? `${hook.id_key}=${hook.id_value}` : null,
    },
  }));
}

type ProvisionType = Extract<EngineEvent, { provisioner: unknown }>['type'];

function provisionReader(type: ProvisionType): EventReader {
  return reader(provisionBody, ({ hook }, { message }) => {
    const output = type === 'provision_progress' ? (hook.output ?? null) : null;
    return { type, message, address: hook.resource.addr, provisioner: hook.provisioner, output };
  });
}
