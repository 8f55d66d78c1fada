/** How a service stops, from the gentlest to the hardest. */
export interface Rung {
  /** Said when it is reached. */
  says: string;
  act: () => void;
}

/**
 * Which rung of a ladder a signal leads to: at least the one that the signal stands for, and one further than where the
 * service is already.
 *
 * @param reached index of the last rung, -1 before the first signal
 * @returns index, at most `last`
 */
export function nextRung(reached: number, entry: number, last: number): number {
  return Math.min(Math.max(entry, reached + 1), last);
}

/**
 * Lets signals lead a service down its ladder. Each signal enters at its own rung; a further one goes one step down.
 *
 * @returns a function that lets go of the signals
 */
export function climbDown(
  rungs: readonly Rung[],
  entries: Partial<Record<NodeJS.Signals, number>>,
  say: (text: string) => void,
): () => void {
  let reached = -1;
  const handlers = Object.entries(entries).map(([signal, entry]) => {
    const handler = () => {
      reached = nextRung(reached, entry, rungs.length - 1);
      const rung = rungs[reached];
      if (rung === undefined) return;
      say(`${signal}: ${rung.says}`);
      rung.act();
    };
    process.on(signal, handler);
    return () => process.removeListener(signal, handler);
  });
  return () => {
    for (const remove of handlers) remove();
  };
}
