import type { Colours } from '../output/colour.js';

/**
 * Printed when a coordinator accepts connections: where it is, and what to do next. Whether a first user is needed is
 * left to `berth login`: asking for it here would make every start wait for a request.
 */
export function readyText(url: string, daemons: number, colours: Colours): string {
  const lines = [
    `Berth is ready at ${colours.bold(url)}`,
    `  Log in, or make the first user, who owns the site:  berth login ${url}`,
  ];
  if (daemons === 0) lines.push(`  Start a daemon:  berth provisionerd start --url ${url} --psk-file FILE`);
  return lines.join('\n');
}
