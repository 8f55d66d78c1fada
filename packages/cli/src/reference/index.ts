/** The command line's reference page: `@berth/cli/reference`. Used by the script that writes it and the test that compares it. */
export { type ReferenceCommand, renderReference } from './renderReference.js';
