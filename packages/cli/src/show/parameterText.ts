import type { BuildParameter } from '@berth/protocol';
import type { Colours } from '../output/colour.js';
import { printable } from '../output/printable.js';

/** The value of a parameter as a build used it; what is sensitive or was left at its default says so. */
export function parameterText({ value, sensitive, isDefault, ephemeral }: BuildParameter, colours: Colours): string {
  if (ephemeral) return colours.dim('(given at each build)');
  if (isDefault) return colours.dim('(default)');
  if (sensitive) return colours.dim('(sensitive)');
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}
