import { z } from 'zod';

/** A value as JSON carries it. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** Any part of what `JSON.parse` returned; it is not looked into. */
export const jsonValue = z.custom<JsonValue>(value => value !== undefined);

/** Parses a whole JSON text; undefined when it is none. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
