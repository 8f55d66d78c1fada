import type { Diagnostic } from './diagnostic.js';

/**
 * The errors in what an engine prints for people, without colours: where it has no other output. Each is a line
 * `Error: SUMMARY`, perhaps `  on FILE line N` with a few indented lines of that file, and paragraphs.
 */
export function readPlainErrors(lines: readonly string[]): Diagnostic[] {
  const errors: Diagnostic[] = [];
  let current: Diagnostic | null = null;
  for (const line of lines) {
    const [, severity, summary = ''] = /^(Error|Warning): (.*)$/.exec(line) ?? [];
    if (severity !== undefined) {
      current = { severity: 'error', summary, detail: '', ...nowhere };
      if (severity === 'Error') errors.push(current);
    } else if (current !== null) {
      const [, file, at] = /^ {2}on (.+?) line (\d+)/.exec(line) ?? [];
      if (file !== undefined) Object.assign(current, { file, line: Number(at) });
      else if (!line.startsWith('  ')) current.detail += `${line}\n`;
    }
  }
  return errors.map(error => ({ ...error, detail: error.detail.trim() }));
}

const nowhere = { address: null, file: null, line: null, snippet: null, values: [] };
