import { stat } from 'node:fs/promises';
import type { AttemptFolder } from '../attempt/attemptFolder.js';
import { findEmergencyState } from '../output/emergencyDump.js';
import type { RunFolder } from '../supervisor/runFolder.js';
import { copyValidState } from './copyValidState.js';
import { readState, type StateContents, type StateFault, type StateReading } from './stateReader.js';

/**
 * Where a final state can come from, the best first among equals: the engine's own state file; `errored.tfstate`, which
 * it writes when that one cannot be written; the emergency dump in its output, when neither can; the kept snapshot.
 */
export const stateSources = ['state', 'errored', 'emergency', 'snapshot'] as const;
export type StateSource = (typeof stateSources)[number];

export interface FinalState {
  source: StateSource;
  path: string;
  contents: StateContents;
}

export interface FinalStateChoice {
  /** Null when no source holds a valid state. */
  chosen: FinalState | null;
  /** Why the other sources were not taken; `older` when they are valid. */
  rejected: { source: StateSource; why: StateFault | 'other_lineage' | 'older' }[];
  /** The choice in a sentence, for the log. */
  reason: string;
}

export interface ChooseFinalStateOptions {
  /** The engine ended with exit code 0: its state file, if valid, is the newest there can be. */
  succeeded: boolean;
  /** Lineage of the state that the attempt began with; null when it began with none. Another one is never taken. */
  lineage: string | null;
}

/**
 * Chooses the state that an attempt ends with: the valid one with the highest serial. After a hard step of the stop
 * ladder, a kill or a full disk the state file may be empty or cut off while one of the others is whole.
 *
 * @param run the run of the apply
 */
export async function chooseFinalState(
  folder: AttemptFolder,
  run: RunFolder,
  options: ChooseFinalStateOptions,
): Promise<FinalStateChoice> {
  const rejected: FinalStateChoice['rejected'] = [];
  let chosen: FinalState | null = null;
  for (const source of stateSources) {
    const path = pathOf(source, folder, run);
    const reading = await (source === 'emergency' ? rescue(run) : readState(path));
    if (!reading.valid) {
      rejected.push({ source, why: reading.fault });
    } else if (options.lineage !== null && reading.lineage !== options.lineage) {
      rejected.push({ source, why: 'other_lineage' });
    } else if (chosen !== null && reading.serial <= chosen.contents.serial) {
      rejected.push({ source, why: 'older' });
    } else {
      if (chosen !== null) rejected.push({ source: chosen.source, why: 'older' });
      chosen = { source, path, contents: reading };
      if (source === 'state' && options.succeeded) break;
    }
  }
  return { chosen, rejected, reason: explain(chosen, rejected) };
}

function pathOf(source: StateSource, folder: AttemptFolder, run: RunFolder): string {
  switch (source) {
    case 'state':
      return folder.state;
    case 'errored':
      return folder.erroredState;
    case 'emergency':
      return run.emergencyState;
    case 'snapshot':
      return folder.keptState;
  }
}

/** Copies the state out of the engine's output. */
async function rescue(run: RunFolder): Promise<StateReading> {
  const written = await stat(run.output).catch(() => null);
  const range = written === null ? null : await findEmergencyState(run.output);
  if (range === null) return { valid: false, fault: 'missing' };
  return copyValidState(run.output, run.emergencyState, { range });
}

const sourceTexts: Readonly<Record<StateSource, string>> = {
  state: 'the state file',
  errored: 'errored.tfstate',
  emergency: "the emergency dump in the engine's output",
  snapshot: 'the last valid snapshot',
};

const faultTexts: Readonly<Record<FinalStateChoice['rejected'][number]['why'], string>> = {
  missing: 'is not there',
  empty: 'is empty',
  truncated: 'is cut off',
  malformed: 'is not JSON',
  not_a_state: 'is not a state',
  changed: 'is still being written',
  other_lineage: 'belongs to another workspace',
  older: 'is older',
};

function explain(chosen: FinalState | null, rejected: FinalStateChoice['rejected']): string {
  const others = rejected
    .filter(({ why }) => why !== 'missing' && why !== 'older')
    .map(({ source, why }) => `${sourceTexts[source]} ${faultTexts[why]}`);
  const because = others.length === 0 ? '' : ` (${others.join('; ')})`;
  if (chosen === null) return `there is no valid state${because}`;
  return `the state is taken from ${sourceTexts[chosen.source]}, serial ${chosen.contents.serial}${because}`;
}
