import { BerthError } from '@berth/protocol';

/** Any error as one of ours: those of the command line parser are usage errors, all others a fault of this program. */
export function toBerthError(error: unknown, command: string): BerthError {
  if (!(error instanceof Error)) return fault(String(error), error);
  // A flag's own check that fails comes back with the parser's words around its message.
  const message = lowerFirst(
    error.message
      .replace(/^Parsing (--\S+)\s+/, '$1: ')
      .replace(/\s*See more help with --help\s*$/, '')
      .replace(/^The following errors? occurred:\s*/, ''),
  );
  if (error instanceof BerthError) {
    if (error.message.startsWith('Parsing --')) error.message = message;
    return error;
  }
  if ('oclif' in error || error.message.startsWith('Parsing --')) {
    return new BerthError('invalid_request', message, { cause: error, hint: `Try '${command} --help'.` });
  }
  return fault(error.message, error);
}

function fault(message: string, cause: unknown): BerthError {
  return new BerthError('internal', `something went wrong inside berth: ${message}`, {
    cause,
    hint: 'Run it again with DEBUG=berth to see where.',
  });
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
