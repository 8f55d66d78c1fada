/**
 * What a run found: an object or a log line lost, or doubled; an object without an owner; two terraforms on one
 * workspace; a job or workspace that cannot go on.
 */
export interface Problem {
  kind: 'lost' | 'doubled' | 'orphaned' | 'overlapped' | 'stuck';
  workspace: string;
  /** Number of the build; null when it is none's alone. */
  build: number | null;
  text: string;
}

/** A build does not end, so that there is no use in going on. */
export class Stuck extends Error {
  constructor(readonly problem: Problem) {
    super(problem.text);
  }
}
