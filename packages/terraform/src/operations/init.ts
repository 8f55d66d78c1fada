import { type Clock, systemClock } from '../clock.js';
import type { Engine } from '../engine/findEngine.js';
import { compareVersions } from '../engine/versions.js';
import { readPlainErrors } from '../output/plainErrors.js';
import type { OperationEnd } from './followRun.js';
import { type OperationContext, operate } from './operation.js';
import { isTransient } from './transientFailure.js';

export interface InitContext extends OperationContext {
  /** Take exactly the plugins of the lock file, and do not touch it. */
  locked?: boolean | undefined;
  /** Name of its runs; `init` unless given. */
  runName?: 'init' | 'fetch' | undefined;
  /** Gives up between two tries. */
  signal?: AbortSignal | undefined;
  clock?: Clock | undefined;
}

/** Pauses before the further tries, before jitter: a registry that stumbles is back within seconds. */
const PAUSES_MS = [1_000, 4_000, 12_000];

/** Terraform prints JSON from init since 1.9; all versions of tofu that are run do. */
const JSON_SINCE = '1.9.0';

/**
 * Initialises the working directory: backend, modules, plugins. A failure that a registry or the network caused is
 * tried again, three times at most.
 */
export async function init(context: InitContext): Promise<OperationEnd> {
  const args = ['init', '-input=false', '-no-color', ...jsonOption(context.engine)];
  if (context.locked === true) args.push('-lockfile=readonly');
  const runName = context.runName ?? 'init';
  const before = context.folder.listRuns(runName).length;
  for (let attempt = 1; ; attempt++) {
    const lines: string[] = [];
    const ended = await operate(
      {
        ...context,
        onEvents: (events, end) => {
          lines.push(...events.flatMap(event => (event.type === 'text' ? [event.message] : [])));
          return context.onEvents(events, end);
        },
      },
      context.folder.run(`${runName}-${before + attempt}`),
      args,
    );
    const end = { ...ended, errors: [...ended.errors, ...readPlainErrors(lines)] };
    const pause = PAUSES_MS[attempt - 1];
    if (end.succeeded || end.rungs.length > 0 || pause === undefined || !isWorthAnother(end, lines)) return end;
    const seconds = Math.round(pause / 1000);
    const message = `The network failed init; trying again in about ${seconds} s.`;
    await context.onEvents([{ type: 'log', level: 'warning', message }], 0);
    await rest(pause * (0.75 + Math.random() / 2), context.clock ?? systemClock, context.signal);
    if (context.signal?.aborted === true) return end;
  }
}

function jsonOption(engine: Engine): string[] {
  return engine.name === 'tofu' || compareVersions(engine.version, JSON_SINCE) >= 0 ? ['-json'] : [];
}

/** Errors, and everything that is no event, may tell why it failed. Lines are broken anywhere. */
function isWorthAnother({ errors }: OperationEnd, lines: readonly string[]): boolean {
  const said = [...errors.map(({ summary, detail }) => `${summary} ${detail}`), lines.join(' ')];
  return said.some(text => isTransient(text.replace(/\s+/g, ' ')));
}

async function rest(ms: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === true) return;
  await new Promise<void>(resolve => {
    const wake = (): void => {
      cancel();
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.after(ms, wake);
    signal?.addEventListener('abort', wake);
  });
}
