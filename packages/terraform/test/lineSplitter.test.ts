import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PIECE_BYTES, splitText } from '../src/index.js';
import { LINE_BYTES, LineSplitter, type OutputPart } from '../src/output/lineSplitter.js';

/** Pushes a text in chunks of these lengths (the last one again and again). */
function split(text: string | Buffer, lengths: readonly number[]): OutputPart[] {
  const bytes = Buffer.from(text);
  const splitter = new LineSplitter();
  const parts: OutputPart[] = [];
  let offset = 0;
  for (let i = 0; offset < bytes.length; i++) {
    const length = lengths[i] ?? lengths.at(-1) ?? bytes.length;
    const chunk = Buffer.from(bytes.subarray(offset, offset + length));
    parts.push(...splitter.push(chunk));
    // The same buffer again and again, as a reader does it.
    chunk.fill('!');
    offset += length;
    expect(splitter.givenOut).toBeLessThanOrEqual(Math.min(offset, bytes.length));
  }
  return [...parts, ...splitter.end()];
}

const dump = (state: string): string =>
  `{"@level":"info","@message":"Emergency state dump","@module":"terraform.ui","@timestamp":"2026-01-01T00:00:00Z","state":${state},"type":"log"}`;

test('however an output is cut into chunks, its lines are the same', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant(''), fc.constant(dump('{}'))), { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      fc.boolean(),
      (texts, lengths, endsWithBreak) => {
        const lines = texts.map(text => text.replaceAll('\n', '').replace(/\r$/, ''));
        const output = lines.join('\n') + (endsWithBreak ? '\n' : '');
        const expected = output === '' ? [] : output.replace(/\n$/, '').split('\n');
        const parts = split(output, lengths);
        expect(parts.map(part => (part.kind === 'line' ? part.text : dump('{}')))).toEqual(expected);
      },
    ),
  );
});

test('a line break of two characters is one, a last line needs none, an empty line is a line', () => {
  expect(split('a\r\n\nb', [1])).toEqual([
    { kind: 'line', text: 'a' },
    { kind: 'line', text: '' },
    { kind: 'line', text: 'b' },
  ]);
});

test.each([LINE_BYTES - 1, LINE_BYTES, LINE_BYTES + 1, LINE_BYTES + PIECE_BYTES, 10 * 1024 * 1024])(
  'a line of %i bytes comes whole or in pieces, with nothing lost and the next line right',
  length => {
    // Three bytes a character: pieces must not cut one.
    const line = '€'.repeat(Math.floor(length / 3)) + 'x'.repeat(length % 3);
    const parts = split(`${line}\nnext\n`, [100_000, 65_536, 300_001]);
    expect(parts.at(-1)).toEqual({ kind: 'line', text: 'next' });
    const pieces = parts.slice(0, -1).map(part => (part.kind === 'emergency_dump' ? '' : part.text));
    expect(pieces.join('') === line).toBe(true);
    if (length <= LINE_BYTES) {
      expect(pieces).toHaveLength(1);
    } else {
      expect(Math.max(...pieces.map(piece => Buffer.byteLength(piece)))).toBeLessThanOrEqual(PIECE_BYTES);
      expect(parts.slice(0, -1).map(part => part.kind === 'piece' && part.last)).toEqual([
        ...pieces.slice(1).map(() => false),
        true,
      ]);
    }
  },
);

test('an emergency dump of any size is told by its place and not given out', () => {
  for (const size of [10, 100_000, 3 * 1024 * 1024]) {
    const line = dump(JSON.stringify({ secret: 's'.repeat(size) }));
    const parts = split(`before\n${line}\nafter\n`, [7, 70_000]);
    expect(parts).toEqual([
      { kind: 'line', text: 'before' },
      { kind: 'emergency_dump', offset: 7, length: line.length + 1 },
      { kind: 'line', text: 'after' },
    ]);
  }
});

test('a provisioner that prints such a line is no emergency', () => {
  const line = JSON.stringify({ '@level': 'info', '@message': `x: ${dump('{}')}`, type: 'provision_progress' });
  expect(split(`${line}\n`, [50])).toEqual([{ kind: 'line', text: line }]);
});

test('bytes that are no UTF-8 are cut all the same', () => {
  const bytes = Buffer.alloc(2 * LINE_BYTES, 0x80);
  const parts = split(bytes, [bytes.length]);
  expect(parts.length).toBeGreaterThan(30);
});

test('a text is split into pieces that are whole characters and add up to it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.integer({ min: 4, max: 20 }), (text, limit) => {
      const pieces = splitText(text, limit);
      expect(pieces.join('')).toBe(Buffer.from(text).toString());
      expect(Math.max(...pieces.map(piece => Buffer.byteLength(piece)))).toBeLessThanOrEqual(limit);
    }),
  );
});
