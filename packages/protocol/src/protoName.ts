/**
 * The one name that a JSON object cannot carry: schemas drop it, and an assignment to it changes the object itself. It is
 * refused where people give it, rather than lost on the way.
 */
export const PROTO_NAME = '__proto__';

/** Whether a value has that name somewhere within. */
export function holdsProtoName(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, member]) => name === PROTO_NAME || holdsProtoName(member));
}
