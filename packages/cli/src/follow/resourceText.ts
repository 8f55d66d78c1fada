import type { ResourceAction } from '@berth/protocol';
import type { ResourceEntry } from './jobProgress.js';

/** Words for what happens to a resource: while it happens, and once it has happened. */
const words: Record<ResourceAction, { sign: string; doing: string; done: string; verb: string }> = {
  create: { sign: '+', doing: 'creating', done: 'created', verb: 'create' },
  update: { sign: '~', doing: 'updating', done: 'updated', verb: 'update' },
  delete: { sign: '-', doing: 'destroying', done: 'destroyed', verb: 'destroy' },
  replace: { sign: '±', doing: 'replacing', done: 'replaced', verb: 'replace' },
  read: { sign: '<', doing: 'reading', done: 'read', verb: 'read' },
  import: { sign: '=', doing: 'importing', done: 'imported', verb: 'import' },
  move: { sign: '>', doing: 'moving', done: 'moved', verb: 'move' },
  forget: { sign: '.', doing: 'forgetting', done: 'forgotten', verb: 'forget' },
  'no-op': { sign: ' ', doing: 'looking at', done: 'unchanged', verb: 'leave as it is' },
};

export function resourceSign(action: ResourceAction): string {
  return words[action].sign;
}

/** `will create`, `creating`, `created`, `could not create`. */
export function resourceState(entry: Pick<ResourceEntry, 'action' | 'state'>): string {
  const { doing, done, verb } = words[entry.action];
  switch (entry.state) {
    case 'planned':
      return `will ${verb}`;
    case 'started':
    case 'progress':
      return doing;
    case 'complete':
      return done;
    case 'failed':
      return `could not ${verb}`;
  }
}
