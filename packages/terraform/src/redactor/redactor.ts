import { guardHolds } from '../guards.js';
import { FormFinder } from './findForms.js';
import { isTrivial, secretForms } from './secretForms.js';

/** Stands for every secret. */
export const MASK = '[redacted]';

export interface Redactor {
  /** The text with {@link MASK} in place of every secret in it, in whatever form. */
  redact(text: string): string;
  /** For a text that comes in pieces which may cut a secret in two. */
  stream(): RedactorStream;
}

/**
 * Redacts a text that comes in pieces. What may be the beginning of a secret is held back until the next piece tells,
 * and a letter or digit at the end, which may be a base64 character with the first bits of one; nothing else is.
 */
export interface RedactorStream {
  /** Returns what can be said to be clean, redacted. */
  push(piece: string): string;
  /** Returns the rest. */
  end(): string;
  /** What is held back at the moment, as it came. */
  readonly held: string;
}

/**
 * A redactor for these secrets: as they are, JSON- and URL-escaped, and in base64. Not replaced, because it would make
 * logs unreadable, are values of fewer than four characters, words like `true` or `none`, and numbers of up to five
 * digits.
 */
export function createRedactor(secrets: Iterable<string>): Redactor {
  const worthwhile = [...new Set(secrets)].filter(secret => !isTrivial(secret));
  if (worthwhile.length === 0 || !guardHolds('terraform.redactor')) return noRedactor;
  const finder = new FormFinder(worthwhile.flatMap(secretForms));
  return {
    redact: text => cover(text, finder, text.length).text,
    stream: () => {
      let held = '';
      return {
        push: piece => {
          const text = held + piece;
          const { text: clean, end } = cover(text, finder, finder.openFrom(text));
          held = text.slice(end);
          return clean;
        },
        end: () => {
          const rest = cover(held, finder, held.length).text;
          held = '';
          return rest;
        },
        get held() {
          return held;
        },
      };
    },
  };
}

/** Nothing is secret. */
export const noRedactor: Redactor = {
  redact: text => text,
  stream: () => ({ push: piece => piece, end: () => '', held: '' }),
};

/** Redacts `text` up to `limit`, or to the start of a region that reaches beyond it; `end` says how far. */
function cover(text: string, finder: FormFinder, limit: number): { text: string; end: number } {
  let clean = '';
  let end = 0;
  for (const region of finder.find(text)) {
    if (region.end > limit)
      return { text: clean + text.slice(end, Math.min(region.start, limit)), end: Math.min(region.start, limit) };
    clean += text.slice(end, region.start) + MASK;
    end = region.end;
  }
  return { text: clean + text.slice(end, limit), end: limit };
}
