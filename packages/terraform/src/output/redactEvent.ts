import type { Redactor } from '../redactor/redactor.js';
import type { Diagnostic } from './diagnostic.js';
import type { EngineEvent } from './engineEvent.js';

type Redact = Redactor['redact'];

/** Replaces secrets in every text of an event. To be done before any of them is cut, which may cut a secret in two. */
export function redactEvent(event: EngineEvent, redact: Redact): EngineEvent {
  if ('provisioner' in event) {
    return { ...event, ...redactOutput(event, redact), address: redact(event.address) };
  }
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

/** The message is the output with the name of the resource before it: what is long is looked through once. */
function redactOutput(
  { message, output }: { message: string; output: string | null },
  redact: Redact,
): { message: string; output: string | null } {
  if (output === null) return { message: redact(message), output };
  const clean = redact(output);
  if (!message.endsWith(output)) return { message: redact(message), output: clean };
  return { message: redact(message.slice(0, message.length - output.length)) + clean, output: clean };
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
