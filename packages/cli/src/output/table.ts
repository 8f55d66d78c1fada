import stringWidth from 'string-width';
import { printable } from './printable.js';

export interface Column<Row> {
  title: string;
  /** Plain text, of wherever: what a terminal would obey is taken out of it. */
  value: (row: Row) => string;
  /** Applied to the padded cell. */
  style?: (cell: string, row: Row) => string;
  align?: 'left' | 'right';
}

/**
 * Rows under aligned titles, two blanks apart, the last column without padding. A column whose cells are all empty is
 * left out.
 */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  titleStyle: (text: string) => string = text => text,
): string {
  const shown = columns.filter(column => rows.length === 0 || rows.some(row => column.value(row) !== ''));
  const cells = rows.map(row => shown.map(column => printable(column.value(row))));
  const widths = shown.map((column, i) => {
    return Math.max(stringWidth(column.title), ...cells.map(line => stringWidth(line[i] ?? '')));
  });
  const pad = (text: string, i: number) => {
    const blanks = ' '.repeat((widths[i] ?? 0) - stringWidth(text));
    if (shown[i]?.align === 'right') return blanks + text;
    return i === shown.length - 1 ? text : text + blanks;
  };
  const titles = shown.map((column, i) => titleStyle(pad(column.title, i))).join('  ');
  const lines = rows.map((row, r) => {
    return shown
      .map((column, i) => {
        const cell = pad(cells[r]?.[i] ?? '', i);
        return column.style?.(cell, row) ?? cell;
      })
      .join('  ')
      .trimEnd();
  });
  return [titles.trimEnd(), ...lines].join('\n');
}

/** `name  value` lines with the values aligned; entries without a value are left out. */
export function renderFields(
  fields: readonly (readonly [name: string, value: string | null])[],
  nameStyle: (text: string) => string = text => text,
): string {
  const shown = fields.filter(([, value]) => value !== null && value !== '');
  const width = Math.max(0, ...shown.map(([name]) => stringWidth(name)));
  return shown
    .map(([name, value]) => {
      const [first = '', ...more] = (value ?? '').split('\n');
      const indent = ' '.repeat(width + 2);
      return [`${nameStyle(name.padEnd(width))}  ${first}`, ...more.map(line => indent + line)].join('\n');
    })
    .join('\n');
}
