import { readFileSync } from 'node:fs';
import type { AttemptRef, AttemptSpec } from '@berth/protocol';
import type { z } from 'zod';
import { journalPath } from './attemptJournal.js';
import { type JournalFact, journalFact, type stopReason } from './facts.js';

/** What the journal of an attempt says. */
export interface JournalContents {
  ref: AttemptRef;
  daemon: { id: string; name: string };
  bootId: string;
  /** Null when the answer to the accept was not noted. */
  spec: AttemptSpec | null;
  applyMayHaveStarted: boolean;
  /** The process that had it ended in order; else it was killed, or died at it. */
  wasLeft: boolean;
  secrets: string[];
  stopReason: z.infer<typeof stopReason> | null;
}

/** Reads the journal in the folder of an attempt; null when there is none with at least a first line. */
export function readJournal(folder: string): JournalContents | null {
  const [first, ...rest] = readFacts(journalPath(folder));
  if (first?.fact !== 'begun') return null;
  const { job, attempt, daemon, bootId } = first;
  const contents: JournalContents = {
    ref: { job, attempt },
    daemon,
    bootId,
    spec: null,
    applyMayHaveStarted: false,
    wasLeft: false,
    secrets: [],
    stopReason: null,
  };
  for (const fact of rest) {
    if (fact.fact === 'accepted') contents.spec = fact.spec;
    else if (fact.fact === 'apply_may_start') contents.applyMayHaveStarted = true;
    else if (fact.fact === 'left') contents.wasLeft = true;
    else if (fact.fact === 'secrets') contents.secrets.push(...fact.values);
    else if (fact.fact === 'stopped') contents.stopReason = fact.reason;
  }
  return contents;
}

/** The facts up to the first line that is not whole: what a process was killed at, or a machine fell at. */
function readFacts(path: string): JournalFact[] {
  const facts: JournalFact[] = [];
  for (const line of readLines(path)) {
    const read = journalFact.safeParse(parseJson(line));
    if (!read.success) break;
    facts.push(read.data);
  }
  return facts;
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(0, -1);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
