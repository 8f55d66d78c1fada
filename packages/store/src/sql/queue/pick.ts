import { type Head, starvingSince } from './heads.js';

/**
 * The job that a slot takes next. What has waited too long goes first, by age; then by priority class; within a queue
 * (whose start tags can be compared) by fair share, then age; between the queues of the slot the oldest head.
 */
export function pick<T extends Head & { queueId: number }>(heads: readonly T[], now: number): T | undefined {
  const starving = heads.filter(head => head.createdAt <= starvingSince(now));
  if (starving.length > 0) return first(starving, byAge);
  const priority = Math.min(...heads.map(head => head.priority));
  const ofQueues = new Map<number, T>();
  for (const head of heads.filter(candidate => candidate.priority === priority)) {
    const best = ofQueues.get(head.queueId);
    if (best === undefined || byShare(head, best) < 0) ofQueues.set(head.queueId, head);
  }
  return first([...ofQueues.values()], byAge);
}

function byShare(a: Head, b: Head): number {
  return a.startTag - b.startTag || byAge(a, b);
}

function byAge(a: Head, b: Head): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}

function first<T>(items: readonly T[], order: (a: T, b: T) => number): T | undefined {
  return items.reduce<T | undefined>(
    (best, item) => (best === undefined || order(item, best) < 0 ? item : best),
    undefined,
  );
}
