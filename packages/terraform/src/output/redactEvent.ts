import type { Redactor } from '../redactor/redactor.js';
import type { Diagnostic } from './diagnostic.js';
import type { EngineEvent } from './engineEvent.js';

type Redact = Redactor['redact'];

/** Replaces secrets in every text of an event. To be done before any of them is cut, which may cut a secret in two. */
export function redactEvent(event: EngineEvent, redact: Redact): EngineEvent {
  const message = redact(event.message);
  switch (event.type) {
    case 'planned_change':
    case 'resource_drift': {
      const { address, action, reason, previousAddress } = event.change;
      const change = { address: redact(address), action, reason, previousAddress: optional(previousAddress, redact) };
      return { ...event, message, change };
    }
    case 'apply_start':
    case 'apply_progress':
    case 'apply_complete':
    case 'apply_errored':
    case 'refresh_start':
    case 'refresh_complete': {
      const { address, id } = event.resource;
      return { ...event, message, resource: { ...event.resource, address: redact(address), id: optional(id, redact) } };
    }
    case 'provision_start':
    case 'provision_progress':
    case 'provision_complete':
    case 'provision_errored':
      return { ...event, message, address: redact(event.address), output: optional(event.output, redact) };
    case 'diagnostic':
      return { ...event, message, diagnostic: redactDiagnostic(event.diagnostic, redact) };
    // Values of outputs are not said to anybody.
    case 'outputs':
    case 'version':
    case 'change_summary':
    case 'log':
    case 'text':
      return { ...event, message };
  }
}

export function redactDiagnostic(diagnostic: Diagnostic, redact: Redact): Diagnostic {
  const { summary, detail, address, snippet, values } = diagnostic;
  return {
    ...diagnostic,
    summary: redact(summary),
    detail: redact(detail),
    address: optional(address, redact),
    snippet: optional(snippet, redact),
    values: values.map(redact),
  };
}

function optional(text: string | null, redact: Redact): string | null {
  return text === null ? null : redact(text);
}
