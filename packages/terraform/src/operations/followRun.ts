import { TerraformError } from '../errors.js';
import type { Diagnostic } from '../output/diagnostic.js';
import type { ChangeSummary, EngineEvent, PlannedChange } from '../output/engineEvent.js';
import { OutputReader } from '../output/outputReader.js';
import { readEvents } from '../output/readEvents.js';
import type { Redactor } from '../redactor/redactor.js';
import type { RunExit } from '../supervisor/exitWatch.js';
import type { Rung } from '../supervisor/runFiles.js';
import type { RunHandle } from '../supervisor/runHandle.js';
import { sandboxWasReady } from '../supervisor/sandboxReport.js';

/** How an operation ended. */
export interface OperationEnd {
  exit: RunExit;
  /**
   * Whether it did what it should. Where nobody recorded the exit code, the summary that only a successful apply prints
   * decides. A failure and a stop have the same exit code: who asked for the stop knows which it was.
   */
  succeeded: boolean;
  /** The rungs of the stop ladder that were reached; from `interrupt_again` on the state file may be empty. */
  rungs: Rung[];
  /** Errors in the order of their appearance, {@link KEPT_ERRORS} at most. */
  errors: Diagnostic[];
  /** The last counts that were printed: of the plan, or of the apply if it came to its end. */
  summary: ChangeSummary | null;
  /** The changes of the plan. */
  changes: PlannedChange[];
}

export interface FollowRunOptions {
  /** As in `OperationContext`. */
  onEvents: (events: EngineEvent[], end: number) => void | Promise<void>;
  /** Path of the variables file as it was given to the engine. */
  variablesFile: string | null;
  /** What it finds is replaced in every text before it is told; null for nothing. */
  redactor: Redactor | null;
  /** Offset in the output to begin at, for a run that another process began to follow. */
  from?: number | undefined;
  /** Leaves the output on disk as it is, to be read as a whole afterwards. */
  keepOutput?: boolean | undefined;
  /** Is told up to which offset the events have been dealt with; where a later process can begin. */
  onProgress?: ((offset: number) => void) | undefined;
}

/** An apply of thousands of resources may fail in each of them for the same reason. */
const KEPT_ERRORS = 100;

/**
 * Follows a run, started here or adopted, to its end.
 *
 * @throws TerraformError `run_closed` when the handle was closed before
 */
export async function followRun(handle: RunHandle, options: FollowRunOptions): Promise<OperationEnd> {
  const reader = new OutputReader({ path: handle.folder.output, ended: handle.exited, from: options.from });
  handle.closed.addEventListener('abort', () => reader.close());
  const { variablesFile, redactor } = options;
  const batches = readEvents(reader, { variablesFile, redactor });
  const errors: Diagnostic[] = [];
  const changes: PlannedChange[] = [];
  let summary: ChangeSummary | null = null;
  let lastText = '';
  for await (const { events, end } of batches) {
    for (const event of events) {
      if (event.type === 'change_summary') summary = event.summary;
      else if (event.type === 'planned_change') changes.push(event.change);
      else if (event.type === 'text') lastText = event.message;
      else if (event.type === 'diagnostic' && event.diagnostic.severity === 'error' && errors.length < KEPT_ERRORS) {
        errors.push(event.diagnostic);
      }
    }
    await options.onEvents(events, end);
    if (options.keepOutput !== true) reader.release(end);
    options.onProgress?.(end);
  }
  if (handle.closed.aborted) throw new TerraformError('run_closed', `${handle.folder.path} is followed no more`);
  const exit = await handle.exited;
  if (exit.code !== null && !sandboxWasReady(handle.folder)) errors.push(sandboxError(lastText));
  const succeeded = exit.code === null ? isFinal(summary) : exit.code === 0;
  return { exit, succeeded, rungs: handle.rungs(), errors, summary, changes };
}

function isFinal(summary: ChangeSummary | null): boolean {
  return summary !== null && summary.operation !== 'plan';
}

/** bwrap says what is wrong in a line, and nothing of the engine ran. */
function sandboxError(detail: string): Diagnostic {
  const nowhere = { address: null, file: null, line: null, snippet: null, values: [] };
  return { severity: 'error', summary: 'The sandbox could not be set up', detail, ...nowhere };
}
