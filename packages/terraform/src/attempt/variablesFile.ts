import { writeFileSync } from 'node:fs';
import type { JsonValue } from '../jsonValue.js';

/**
 * Text of a variables file: one variable a line, because a diagnostic about one value shows the whole line it stands
 * in. Names that the template does not declare are left out (the engine would warn of each). A parameter left at its
 * default must not be in `values`: a null there would beat the default.
 *
 * @param declared names of the template's root variables
 */
export function formatVariables(values: Readonly<Record<string, JsonValue>>, declared: Iterable<string>): string {
  const known = new Set(declared);
  const lines = Object.entries(values)
    .filter(([name]) => known.has(name))
    .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return lines.length === 0 ? '{}\n' : `{\n${lines.join(',\n')}\n}\n`;
}

/** Writes the variables file, readable by its owner alone. To be given to the engine as `-var-file`. */
export function writeVariables(
  path: string,
  values: Readonly<Record<string, JsonValue>>,
  declared: Iterable<string>,
): void {
  writeFileSync(path, formatVariables(values, declared), { mode: 0o600 });
}
