import type { Verification } from '@berth/coordinator/offline';
import type { Colours } from '../output/colour.js';
import { printable } from '../output/printable.js';

/** What was looked at, and each problem that was found. */
export function verificationText({ jobs, states, archives, logs, problems }: Verification, colours: Colours): string {
  const looked = `${jobs} jobs, ${states} states, ${archives} archives and ${logs} logs were looked at`;
  if (problems.length === 0) return `${colours.green('✓')} ${looked}: all is well.`;
  const lines = problems.map(({ kind, id, problem }) => `  ${kind}${id === '' ? '' : ` ${id}`}: ${printable(problem)}`);
  return [`${colours.red('✗')} ${looked}; ${problems.length} problems:`, ...lines].join('\n');
}
