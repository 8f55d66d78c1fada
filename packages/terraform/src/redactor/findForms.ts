import { type SecretForm, SHORTEST_SECRET } from './secretForms.js';

/** A region of a text; `end` is after its last character. */
interface Region {
  start: number;
  end: number;
}

const TABLE_SIZE = 1 << 16;
const base64Character = /[A-Za-z0-9+/_-]/;

/**
 * Finds many texts in one at once. All of them have at least {@link SHORTEST_SECRET} characters, and a table says for
 * the first ones whether any begins with them, so that most positions cost one look; memory does not grow with the
 * length of the texts.
 */
export class FormFinder {
  private readonly table = new Uint8Array(TABLE_SIZE);
  /** By their first characters. */
  private readonly byHead = new Map<string, SecretForm[]>();
  private readonly longest: number;

  constructor(private readonly forms: readonly SecretForm[]) {
    this.longest = forms.reduce((most, form) => Math.max(most, form.text.length), 0);
    for (const form of forms) {
      this.table[hash(form.text, 0)] = 1;
      const head = form.text.slice(0, SHORTEST_SECRET);
      this.byHead.set(head, [...(this.byHead.get(head) ?? []), form]);
    }
  }

  /** Regions that hold a form, in order; those that touch or overlap are one. */
  find(text: string): Region[] {
    const regions: Region[] = [];
    const end = text.length - SHORTEST_SECRET;
    for (let i = 0; i <= end; i++) {
      if (this.table[hash(text, i)] === 0) continue;
      for (const form of this.byHead.get(text.slice(i, i + SHORTEST_SECRET)) ?? []) {
        if (text.startsWith(form.text, i)) add(regions, toRegion(text, i, form));
      }
    }
    return regions;
  }

  /**
   * Where the part of `text` begins that more text may still turn into a form, or into a longer region; its length when
   * there is none.
   */
  openFrom(text: string): number {
    for (let i = Math.max(0, text.length - this.longest); i < text.length; i++) {
      if (this.opensAt(text, i)) return withPartial(text, i);
    }
    return withPartial(text, text.length);
  }

  /** Whether the text from `i` on is the beginning of a form, or a form that a character with bits of it may follow. */
  private opensAt(text: string, i: number): boolean {
    const rest = text.slice(i);
    const candidates =
      rest.length < SHORTEST_SECRET ? this.forms : (this.byHead.get(rest.slice(0, SHORTEST_SECRET)) ?? []);
    return candidates.some(form => form.text.startsWith(rest));
  }
}

/** A base64 character that stands before a form may carry bits of it. */
function withPartial(text: string, i: number): number {
  return base64Character.test(text.charAt(i - 1)) ? i - 1 : i;
}

function hash(text: string, i: number): number {
  const a = text.charCodeAt(i);
  const b = text.charCodeAt(i + 1);
  const c = text.charCodeAt(i + 2);
  const d = text.charCodeAt(i + 3);
  return (a ^ (b << 4) ^ (c << 8) ^ (d << 12)) & (TABLE_SIZE - 1);
}

function toRegion(text: string, start: number, form: SecretForm): Region {
  const end = start + form.text.length;
  const before = form.partialBefore && base64Character.test(text.charAt(start - 1)) ? 1 : 0;
  const after = form.partialAfter && base64Character.test(text.charAt(end)) ? 1 : 0;
  return { start: start - before, end: end + after };
}

/** `regions` are in order of their start but for one character. */
function add(regions: Region[], region: Region): void {
  const last = regions.at(-1);
  if (last === undefined || region.start > last.end) {
    regions.push(region);
  } else {
    last.start = Math.min(last.start, region.start);
    last.end = Math.max(last.end, region.end);
  }
}
