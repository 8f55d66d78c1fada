import type { Colours } from '../output/colour.js';

/** Printed when a coordinator accepts connections: where it is, and what to do next. */
export function readyText(url: string, next: { firstUserNeeded: boolean; daemons: number }, colours: Colours): string {
  const lines = [
    `Berth is ready at ${colours.bold(url)}`,
    next.firstUserNeeded ? `  Make the first user, who owns it:  berth login ${url}` : `  Log in:  berth login ${url}`,
  ];
  if (next.daemons === 0) lines.push(`  Start a daemon:  berth provisionerd start --url ${url} --psk-file FILE`);
  return lines.join('\n');
}
