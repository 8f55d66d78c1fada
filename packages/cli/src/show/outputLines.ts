import type { Output } from '@berth/protocol';
import type { Colours } from '../output/colour.js';
import { printable } from '../output/printable.js';

/** `name = value` for each output, names aligned; what is sensitive says so unless its value was asked for. */
export function outputLines(outputs: readonly Output[], colours: Colours): string[] {
  const width = Math.max(0, ...outputs.map(output => output.name.length));
  return outputs.map(output => {
    const hidden = output.sensitive && output.value === null;
    const value = hidden ? colours.dim('(sensitive)') : printable(JSON.stringify(output.value));
    return `${output.name.padEnd(width)} = ${value}`;
  });
}
