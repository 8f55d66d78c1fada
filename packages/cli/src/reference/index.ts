/** What is written from the commands themselves: `@berth/cli/reference`, used by the scripts that write it. */
export { writeManifest, writeReference } from './writeFromCommands.js';
