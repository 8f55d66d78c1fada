import { BerthError } from '@berth/protocol';

/** The error of an archive or folder that may not be used: `archive_refused`, naming the file that is to blame. */
export function refused(name: string, what: string, more: { hint?: string; cause?: unknown } = {}): BerthError {
  return new BerthError('archive_refused', `'${printable(name)}' ${what}`, more);
}

/** A name from a hostile archive may hold line breaks and terminal sequences. */
function printable(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const shown = name.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
  return shown.length <= 200 ? shown : `${shown.slice(0, 200)}…`;
}
