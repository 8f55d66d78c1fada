/** A text to look for. */
export interface SecretForm {
  text: string;
  /** Base64: the character before (after) it carries bits of the secret too. */
  partialBefore: boolean;
  partialAfter: boolean;
}

/** Shorter secrets are not looked for: they stand in every other word. */
export const SHORTEST_SECRET = 4;

/** Values that people give to secret variables although they are none, and numbers of up to five digits. */
const trivial = /^(true|false|null|none|nil|yes|no|on|off|default|enabled|disabled|[+-]?\d{1,5})$/i;

/** Whether a value is not worth redacting: without it a log would be unreadable. */
export function isTrivial(secret: string): boolean {
  return secret.length < SHORTEST_SECRET || trivial.test(secret);
}

/**
 * All forms in which a secret may stand in a log: as it is, escaped for JSON (by Go, which also escapes `<`, `>` and
 * `&`, and by JavaScript) once and twice, for URLs, and inside longer base64 at each of the three alignments. Of a secret
 * of several lines each line is looked for by itself too, since logs are read by the line.
 */
export function secretForms(secret: string): SecretForm[] {
  const parts = [secret, ...lines(secret)];
  const texts = new Set(parts.flatMap(part => [...escapedForms(part)]));
  const forms = [...texts].map(text => ({ text, partialBefore: false, partialAfter: false }));
  return [...forms, ...base64Forms(secret)].filter(form => form.text.length >= SHORTEST_SECRET);
}

/** Lines shorter than this are braces and the like. */
const SHORTEST_LINE = 8;

function lines(secret: string): string[] {
  const found = secret.split(/\r?\n/).map(line => line.trim());
  return found.length === 1 ? [] : found.filter(line => line.length >= SHORTEST_LINE && !isTrivial(line));
}

function* escapedForms(text: string): Generator<string> {
  yield text;
  for (const json of [escapeJson(text), escapeGoJson(text)]) {
    yield json;
    // The output of a command that prints JSON, in an event that is JSON itself.
    yield escapeJson(json);
    yield escapeGoJson(json);
  }
  if (!isWellFormed(text)) return;
  const url = encodeURIComponent(text);
  // Go escapes !'()* too; forms have a plus for a space, and rules of their own; some write the digits small.
  const query = url.replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = new URLSearchParams([['', text]]).toString().slice(1);
  for (const escaped of [url, query, query.replaceAll('%20', '+'), form]) {
    yield escaped;
    yield escaped.replace(/%[0-9A-F]{2}/g, code => code.toLowerCase());
  }
}

function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function escapeGoJson(text: string): string {
  return escapeJson(text).replace(/[<>&\u2028\u2029]/g, character => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** encodeURIComponent refuses halves of surrogate pairs. */
function isWellFormed(text: string): boolean {
  return Buffer.from(text).toString() === text;
}

/**
 * The characters of base64 that depend on the secret alone, when 0, 1 or 2 bytes (of three) stand before it. Those at
 * its borders mix its bits with those of its neighbours.
 */
function base64Forms(secret: string): SecretForm[] {
  const forms = new Map<string, SecretForm>();
  for (const before of [0, 1, 2]) {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    const first = Math.ceil((before * 8) / 6);
    const last = Math.floor((bytes.length * 8) / 6);
    for (const encoding of ['base64', 'base64url'] as const) {
      const text = bytes.toString(encoding).slice(first, last);
      forms.set(text, { text, partialBefore: before > 0, partialAfter: bytes.length % 3 !== 0 });
    }
  }
  return [...forms.values()];
}
