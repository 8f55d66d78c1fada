import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tempDir } from '@berth/testkit';
import {
  AttemptFolder,
  type EngineEvent,
  findEngine,
  formatCliConfig,
  init,
  type JsonValue,
  type OperationContext,
  type RunHandle,
  type Sandbox,
  secondsSinceBoot,
  startFrom,
  terraformEnvironment,
  writeOwnBackend,
  writeVariables,
} from '../src/index.js';
import { endAfterTest } from './runs.js';

export interface TestAttempt extends OperationContext {
  folder: AttemptFolder;
  /** All events so far. */
  events: EngineEvent[];
  /** Settles with the first event, past or future, that fits. */
  seen(fits: (event: EngineEvent) => boolean): Promise<EngineEvent>;
  /** The runs so far. */
  runs: RunHandle[];
  /** The last of them. */
  run(): RunHandle;
}

interface TestAttemptOptions {
  /** Folder of plugins. */
  mirror?: string | null;
  variables?: Record<string, JsonValue>;
  env?: Record<string, string>;
  /** Runs init with real terraform; default true. */
  initialise?: boolean;
  /** Where the engine runs. */
  sandbox?: Sandbox | null;
}

/** The engine on PATH, asked once for each test file. */
export const engine = await findEngine();

/** A supervisor that looks often and waits long: tests shorten the intervals that they are about. */
const patientLadder = { pollMs: 20, graceMs: 600_000, stepMs: 600_000 };

/** An attempt whose work directory holds these files, initialised as a daemon does it. */
export async function attempt(files: Record<string, string>, options: TestAttemptOptions = {}): Promise<TestAttempt> {
  const folder = AttemptFolder.create(join(tempDir(), 'attempt'));
  const context = { ...contextIn(folder, options.env), sandbox: options.sandbox ?? null };
  writeFiles(folder.work, files);
  writeFileSync(folder.cliConfig, await formatCliConfig(options.mirror ? [options.mirror] : [], engine.platform));
  if (options.initialise === false) return context;
  await writeOwnBackend(folder.work, { backend: null });
  const variables = options.variables ?? {};
  writeVariables(folder.variables, variables, Object.keys(variables));
  const end = await init(context);
  if (!end.succeeded) throw new Error(`init failed: ${JSON.stringify(context.events)}`);
  context.events.length = 0;
  return context;
}

/** The attempt after an earlier one: the same files and state in a folder of its own. */
export async function attemptAfter(earlier: TestAttempt): Promise<TestAttempt> {
  const { env, sandbox } = earlier;
  const context = { ...contextIn(AttemptFolder.create(join(tempDir(), 'attempt')), env), sandbox };
  await startFrom(earlier.folder.work, context.folder.work);
  for (const file of ['cliConfig', 'variables'] as const) copyFileSync(earlier.folder[file], context.folder[file]);
  return context;
}

function contextIn(folder: AttemptFolder, env: Record<string, string> = {}): TestAttempt {
  const events: EngineEvent[] = [];
  const waiting = new Set<(event: EngineEvent) => void>();
  const runs: RunHandle[] = [];
  return {
    engine,
    folder,
    env: { ...terraformEnvironment(process.env, { builtIn: false }), ...env },
    leaseDeadline: () => secondsSinceBoot() + 600,
    ladder: patientLadder,
    events,
    runs,
    run: () => {
      const last = runs.at(-1);
      if (last === undefined) throw new Error('nothing was started');
      return last;
    },
    onEvents: batch => {
      events.push(...batch);
      for (const event of batch) for (const tell of waiting) tell(event);
    },
    onStart: run => {
      runs.push(run);
      endAfterTest(run);
    },
    seen: fits =>
      new Promise(resolve => {
        const tell = (event: EngineEvent): void => {
          if (!fits(event)) return;
          waiting.delete(tell);
          resolve(event);
        };
        waiting.add(tell);
        events.forEach(tell);
      }),
  };
}

/** Writes files by their paths. */
export function writeFiles(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
