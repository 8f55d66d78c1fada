import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { type JsonValue, jsonValue, parseJson } from '../jsonValue.js';
import { type Interest, JsonScanner } from '../state/jsonScanner.js';
import { type OperationContext, operate } from './operation.js';

/** What a plan changes of one attribute at the top of a resource. */
export interface AttributeChange {
  name: string;
  /** As JSON, cut to {@link SHOWN_CHARACTERS}; null where it is sensitive, where there is none, and where nobody knows it yet. */
  before: string | null;
  after: string | null;
  sensitive: boolean;
  /** The resource cannot be changed in place because of it. */
  forcesReplacement: boolean;
}

/** Of a value; a certificate or a script would fill the screen. */
const SHOWN_CHARACTERS = 120;
/** Of one resource: what forces a replacement comes first. */
const MOST_ATTRIBUTES = 40;

const members = z.record(z.string(), jsonValue).nullable().catch(null);
const resourceChange = z.object({
  address: z.string(),
  change: z.object({
    actions: z.array(z.string()),
    before: members,
    after: members,
    after_unknown: members,
    before_sensitive: members,
    after_sensitive: members,
    replace_paths: z.array(z.array(jsonValue)).catch([]),
  }),
});
type Change = z.infer<typeof resourceChange>['change'];

/**
 * What a plan that was written to a file changes in the resources that it updates or replaces, by their addresses. The
 * engine prints the plan with the whole state in it, as one document: it is read in a stream.
 *
 * @param file path of the plan, in the work directory
 * @returns null when the engine did not print it
 */
export async function showPlan(
  context: OperationContext,
  file: string,
): Promise<Map<string, AttributeChange[]> | null> {
  const run = context.folder.run('show');
  const quiet = { ...context, onEvents: () => undefined };
  const end = await operate(quiet, run, ['show', '-json', file], { keepOutput: true });
  if (!end.succeeded) return null;
  const found = new Map<string, AttributeChange[]>();
  let depth = 0;
  const scanner = new JsonScanner({
    member(key): Interest {
      if (depth === 1) return key === 'resource_changes' ? 'enter' : 'skip';
      return 'capture';
    },
    captured(text) {
      const read = resourceChange.safeParse(parseJson(text));
      if (!read.success) return;
      const { address, change } = read.data;
      const attributes = attributesOf(change);
      if (attributes.length > 0) found.set(address, attributes);
    },
    entered: () => void depth++,
    left: () => void depth--,
  });
  for await (const chunk of createReadStream(run.output)) scanner.push(chunk);
  return scanner.end().ok ? found : null;
}

/** Of what is made or destroyed as a whole there is nothing to tell. */
function attributesOf(change: Change): AttributeChange[] {
  const { actions, before, after } = change;
  if (before === null || after === null || actions.includes('no-op')) return [];
  const forcing = new Set(change.replace_paths.map(path => String(path[0])));
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map(name => attributeOf(change, name, forcing.has(name)))
    .filter(attribute => attribute !== null)
    .sort((a, b) => Number(b.forcesReplacement) - Number(a.forcesReplacement) || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_ATTRIBUTES);
}

/** Null for what stays as it is, and for what only follows from the change: it is not known before the apply. */
function attributeOf(change: Change, name: string, forcesReplacement: boolean): AttributeChange | null {
  const [before, after] = [change.before?.[name] ?? null, change.after?.[name] ?? null];
  const isUnknown = isMarked(change.after_unknown?.[name]);
  if (!forcesReplacement && (isUnknown || JSON.stringify(before) === JSON.stringify(after))) return null;
  const sensitive = isMarked(change.before_sensitive?.[name]) || isMarked(change.after_sensitive?.[name]);
  const shown = (value: JsonValue) => (sensitive || value === null ? null : cut(JSON.stringify(value)));
  return { name, before: shown(before), after: isUnknown ? null : shown(after), sensitive, forcesReplacement };
}

/** The engine marks an attribute, or parts of it, by `true` in the same place. */
function isMarked(mark: JsonValue | undefined): boolean {
  if (typeof mark === 'object' && mark !== null) return Object.values(mark).some(isMarked);
  return mark === true;
}

function cut(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}
