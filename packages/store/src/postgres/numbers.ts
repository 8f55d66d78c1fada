import pg from 'pg';

/** Types of Postgres that hold our whole numbers: int8, and numeric for the sums of them. */
const wholeNumbers = new Set([20, 1700]);

/**
 * How values become ours: as pg does it, but for whole numbers, which it leaves as texts because they could be larger
 * than a number holds. Ours never are.
 */
export const valueTypes: pg.CustomTypesConfig = {
  getTypeParser: (type: number, format?: 'text' | 'binary') =>
    wholeNumbers.has(type) && format !== 'binary' ? wholeNumber : pg.types.getTypeParser(type, format),
};

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${text} is no whole number that we could hold`);
  return number;
}
