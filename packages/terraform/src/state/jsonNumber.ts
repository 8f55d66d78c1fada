/** Where in a JSON number a character stands; 0 is outside. */
const Place = {
  minus: 1,
  zero: 2,
  integer: 3,
  point: 4,
  fraction: 5,
  exponent: 6,
  exponentSign: 7,
  exponentDigits: 8,
} as const;

/** Place of the first character of a number; 0 when it cannot begin one. */
export function numberStart(c: number): number {
  if (c === 0x2d) return Place.minus;
  if (c === 0x30) return Place.zero;
  return isDigit(c) ? Place.integer : 0;
}

/** Place of the next character; 0 when it does not belong to the number. */
export function nextInNumber(place: number, c: number): number {
  switch (place) {
    case Place.minus:
      return c === 0x30 ? Place.zero : isDigit(c) ? Place.integer : 0;
    case Place.zero:
      return afterInteger(c);
    case Place.integer:
      return isDigit(c) ? Place.integer : afterInteger(c);
    case Place.point:
      return isDigit(c) ? Place.fraction : 0;
    case Place.fraction:
      return isDigit(c) ? Place.fraction : isExponent(c) ? Place.exponent : 0;
    case Place.exponent:
      return c === 0x2b || c === 0x2d ? Place.exponentSign : isDigit(c) ? Place.exponentDigits : 0;
    default:
      return isDigit(c) ? Place.exponentDigits : 0;
  }
}

/** Whether a number may end after a character at this place. */
export function isNumberEnd(place: number): boolean {
  return place === Place.zero || place === Place.integer || place === Place.fraction || place === Place.exponentDigits;
}

function afterInteger(c: number): number {
  return c === 0x2e ? Place.point : isExponent(c) ? Place.exponent : 0;
}

function isExponent(c: number): boolean {
  return c === 0x65 || c === 0x45;
}

function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39;
}
