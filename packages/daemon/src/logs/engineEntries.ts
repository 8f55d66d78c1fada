import type { EngineEvent } from '@berth/terraform';
import type { NewLogEntry } from './attemptLog.js';
import { diagnosticEntry } from './diagnosticEntry.js';

/** Makes log entries of what the engine said; none of what is said elsewhere (outputs) or says nothing new. */
export function engineEntries(event: EngineEvent): NewLogEntry[] {
  switch (event.type) {
    case 'planned_change':
      return [resourceEntry(event.change.address, event.change.action, 'planned', null, noteOf(event.change))];
    case 'apply_start':
    case 'apply_progress':
    case 'apply_complete':
    case 'apply_errored': {
      const { address, action, elapsedSeconds, id } = event.resource;
      return [resourceEntry(address, action, resourceStates[event.type], elapsedSeconds, id)];
    }
    case 'change_summary': {
      const { operation, add, change, remove } = event.summary;
      return [{ kind: 'summary', operation, add, change, remove }];
    }
    case 'provision_start':
      return [text('provisioner', 'info', `${event.provisioner} started`, event.address)];
    case 'provision_progress':
      return [text('provisioner', 'info', event.output ?? event.message, event.address)];
    case 'provision_errored':
      return [text('provisioner', 'error', `${event.provisioner} failed`, event.address)];
    case 'diagnostic':
      return [diagnosticEntry(event.diagnostic)];
    case 'log':
    case 'text':
      return event.message === '' ? [] : [text('engine', event.level, event.message, null)];
    case 'version':
    case 'resource_drift':
    case 'refresh_start':
      return [text('engine', 'info', event.message, null)];
    case 'refresh_complete':
    case 'provision_complete':
    case 'outputs':
      return [];
  }
}

const resourceStates = {
  apply_start: 'started',
  apply_progress: 'progress',
  apply_complete: 'complete',
  apply_errored: 'failed',
} as const;

type ResourceEntry = Extract<NewLogEntry, { kind: 'resource' }>;
type TextEntry = Extract<NewLogEntry, { kind: 'text' }>;

function resourceEntry(
  address: string,
  action: ResourceEntry['action'],
  state: ResourceEntry['state'],
  elapsedSeconds: number | null,
  note: string | null,
): NewLogEntry {
  return { kind: 'resource', address, action, state, elapsedSeconds, note };
}

function noteOf(change: { reason: string | null; previousAddress: string | null }): string | null {
  return change.previousAddress === null ? change.reason : `moved from ${change.previousAddress}`;
}

function text(
  source: TextEntry['source'],
  level: TextEntry['level'],
  message: string,
  address: string | null,
): NewLogEntry {
  return { kind: 'text', source, level, text: message, address };
}
