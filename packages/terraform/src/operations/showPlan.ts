import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { type JsonValue, jsonValue, parseJson } from '../jsonValue.js';
import { type Interest, JsonScanner } from '../state/jsonScanner.js';
import { type OperationContext, operate } from './operation.js';

/** What a plan changes of one attribute of a resource, or of one member within it. */
export interface AttributeChange {
  /** With the way to the member: `spec[0].template[0].metadata[0].labels.app`. */
  name: string;
  /** As JSON, of a long one {@link SHOWN_CHARACTERS} from where the two differ; null where it is sensitive, where there is none, and where nobody knows it yet. */
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

const path = z.array(z.union([z.string(), z.number()]));
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
    replace_paths: z.array(path).catch([]),
  }),
});
type Change = z.infer<typeof resourceChange>['change'];
type Path = z.infer<typeof path>;

/**
 * What a plan that was written to a file changes in the resources that it updates or replaces, by their addresses. The
 * engine prints the plan with the whole state in it, as one document: it is read in a stream.
 *
 * @param file path of the plan, in the work directory
 * @param redact takes secrets out of a text; given whole values, since it would not know a part of a secret
 * @returns null when the engine did not print it
 */
export async function showPlan(
  context: OperationContext,
  file: string,
  redact: (text: string) => string,
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
      const attributes = attributesOf(change, redact);
      if (attributes.length > 0) found.set(address, attributes);
    },
    entered: () => void depth++,
    left: () => void depth--,
  });
  for await (const chunk of createReadStream(run.output)) scanner.push(chunk);
  return scanner.end().ok ? found : null;
}

/** Of what is made or destroyed as a whole there is nothing to tell. */
function attributesOf(change: Change, redact: (text: string) => string): AttributeChange[] {
  const { actions, before, after, replace_paths: replacePaths } = change;
  if (before === null || after === null || actions.includes('no-op')) return [];
  const { after_unknown: unknown, before_sensitive: sensitiveBefore, after_sensitive: sensitiveAfter } = change;
  const values = { before, after, unknown, sensitiveBefore, sensitiveAfter };
  return differences([], values)
    .flatMap(difference => attributeOf(difference, replacePaths, redact) ?? [])
    .sort((a, b) => Number(b.forcesReplacement) - Number(a.forcesReplacement))
    .slice(0, MOST_ATTRIBUTES);
}

/** Two values in the same place of a resource, and what the engine marks of them there. */
interface Values {
  before: JsonValue;
  after: JsonValue;
  unknown: JsonValue;
  sensitiveBefore: JsonValue;
  sensitiveAfter: JsonValue;
}

interface Difference extends Values {
  path: Path;
}

/** The innermost places in which two values differ, in order; those that the engine marks as a whole are not looked into. */
function differences(way: Path, values: Values): Difference[] {
  const { before, after, unknown } = values;
  if (unknown !== true && JSON.stringify(before) === JSON.stringify(after) && !isMarked(unknown)) return [];
  const keys = [unknown, values.sensitiveBefore, values.sensitiveAfter].includes(true) ? null : keysOf(before, after);
  if (keys === null) return [{ path: way, ...values }];
  return keys.flatMap(key => {
    return differences([...way, key], {
      before: at(before, key),
      after: at(after, key),
      unknown: at(unknown, key),
      sensitiveBefore: at(values.sensitiveBefore, key),
      sensitiveAfter: at(values.sensitiveAfter, key),
    });
  });
}

/** Null for what has no members, or is a list here and an object there. */
function keysOf(before: JsonValue, after: JsonValue): Path | null {
  if (Array.isArray(before) && Array.isArray(after)) {
    return Array.from({ length: Math.max(before.length, after.length) }, (_, index) => index);
  }
  if (!isObject(before) || !isObject(after)) return null;
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
}

function at(value: JsonValue, key: string | number): JsonValue {
  if (Array.isArray(value)) return (typeof key === 'number' ? value[key] : null) ?? null;
  return isObject(value) && typeof key === 'string' && Object.hasOwn(value, key) ? (value[key] ?? null) : null;
}

function isObject(value: JsonValue): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Null for what only follows from the change: it is not known before the apply. */
function attributeOf(
  { path: way, before, after, unknown, sensitiveBefore, sensitiveAfter }: Difference,
  replacePaths: readonly Path[],
  redact: (text: string) => string,
): AttributeChange | null {
  const forcesReplacement = replacePaths.some(path => begins(path, way) || begins(way, path));
  const isUnknown = isMarked(unknown);
  if (isUnknown && !forcesReplacement) return null;
  const sensitive = isMarked(sensitiveBefore) || isMarked(sensitiveAfter);
  const text = (value: JsonValue) => (sensitive || value === null ? null : redact(JSON.stringify(value)));
  const texts = { before: text(before), after: isUnknown ? null : text(after) };
  const from = firstDifference(texts.before ?? '', texts.after ?? '');
  return {
    name: nameOf(way),
    before: texts.before && cut(texts.before, from),
    after: texts.after && cut(texts.after, from),
    ...{ sensitive, forcesReplacement },
  };
}

function begins(way: Path, beginning: Path): boolean {
  return beginning.every((key, index) => way[index] === key);
}

/** `spec[0].labels["a/b"]` */
function nameOf(way: Path): string {
  const [first = '', ...rest] = way;
  const steps = rest.map(key => {
    if (typeof key === 'string' && /^[\w-]+$/.test(key)) return `.${key}`;
    return `[${JSON.stringify(key)}]`;
  });
  return [first, ...steps].join('');
}

/** The engine marks an attribute, or parts of it, by `true` in the same place. */
function isMarked(mark: JsonValue | undefined): boolean {
  if (typeof mark === 'object' && mark !== null) return Object.values(mark).some(isMarked);
  return mark === true;
}

function firstDifference(a: string, b: string): number {
  let index = 0;
  while (index < a.length && a[index] === b[index]) index++;
  return index;
}

/** Of a text that is too long, what stands around the first difference. */
function cut(text: string, from: number): string {
  if (text.length <= SHOWN_CHARACTERS) return text;
  const start = from < SHOWN_CHARACTERS / 2 ? 0 : from - SHOWN_CHARACTERS / 4;
  const end = start + SHOWN_CHARACTERS;
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
}
