import type { Colours } from '../output/colour.js';

/** A titled part of a page, its lines indented; nothing for an empty one. */
export function section(title: string, text: string, colours: Colours): string {
  return text === '' ? '' : `${colours.bold(title)}\n${text.replace(/^/gm, '  ')}`;
}
