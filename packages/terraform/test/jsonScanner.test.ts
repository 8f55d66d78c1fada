import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Interest, type JsonEnd, JsonScanner, type JsonVisitor } from '../src/state/jsonScanner.js';

const silent: JsonVisitor = {
  member: () => 'skip',
  captured: () => undefined,
  entered: () => undefined,
  left: () => undefined,
};

function scan(bytes: Buffer, visitor: JsonVisitor = silent, chunk = bytes.length): JsonEnd {
  const scanner = new JsonScanner(visitor);
  const buffer = Buffer.alloc(Math.max(chunk, 1));
  for (let offset = 0; offset < bytes.length; offset += chunk) {
    // The same buffer again and again, as a reader does it.
    const length = bytes.copy(buffer, 0, offset, offset + chunk);
    scanner.push(buffer.subarray(0, length));
  }
  return scanner.end();
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Collects what the visitor of a scan is told, for those interests. */
function visit(value: unknown, interest: (path: (string | number)[]) => Interest, chunk: number): unknown[] {
  const path: (string | number)[] = [];
  const told: unknown[] = [];
  let depth = 0;
  const end = scan(
    Buffer.from(JSON.stringify(value, null, 1)),
    {
      member: key => {
        path.length = depth - 1;
        path.push(key);
        return interest(path);
      },
      captured: text => told.push([[...path], JSON.parse(text)]),
      entered: () => depth++,
      left: () => depth--,
    },
    chunk,
  );
  expect(end).toEqual({ ok: true });
  return told;
}

const chunks = fc.integer({ min: 1, max: 30 });

test('it takes exactly what JSON.parse takes: values, cut off and spoiled', () => {
  fc.assert(
    fc.property(
      fc.json({ maxDepth: 5 }),
      fc.array(
        fc.tuple(
          fc.nat(),
          fc.constantFrom(
            '',
            '{',
            '}',
            '[',
            ']',
            '"',
            ',',
            ':',
            '\\',
            '0',
            '-',
            '.',
            'e',
            't',
            ' ',
            '\n',
            '\u0001',
            'é',
          ),
        ),
      ),
      fc.nat(),
      chunks,
      (json, spoils, cut, chunk) => {
        let text = json;
        for (const [at, replacement] of spoils.slice(0, 3)) {
          const i = at % (text.length + 1);
          text = text.slice(0, i) + replacement + text.slice(i + 1);
        }
        for (const variant of [json, text, text.slice(0, cut % (text.length + 1))]) {
          expect([variant, scan(Buffer.from(variant), silent, chunk).ok]).toEqual([variant, parses(variant)]);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test.each([
  ...[
    '',
    ' ',
    '{',
    '[',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '[1,',
    '"',
    '"\\',
    '"\\u12',
    '-',
    '1.',
    '1e',
    '1e+',
    'tru',
  ],
  ...[
    '{,}',
    '[,]',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    "{'a':1}",
    '{"a" 1}',
    '[1 2]',
    '{} {}',
    '01',
    '+1',
    '.5',
    '1.e1',
    '--1',
    'nul ',
    'True',
    '"\t"',
    '"\\x"',
    '"\\u12g4"',
    '\ufeff{}',
    '}',
    ']',
    '[}',
    '{]',
    '"a"b',
    '1a',
    'undefined',
    'NaN',
  ],
  ...[
    '{}',
    '[]',
    ' {"a" : [ ] } ',
    '"\\u00e9\\"\\\\\\/\\b\\f\\n\\r\\t"',
    '-0',
    '-0.0e-0',
    '1E+5',
    'true',
    'null',
    '0',
    '[1]',
    '{"":{"":null}}',
  ],
])('%j', text => {
  for (const chunk of [1, 2, 100]) expect(scan(Buffer.from(text), silent, chunk).ok).toBe(parses(text));
});

test('it says where a text stops being JSON, and whether more could have followed', () => {
  expect(scan(Buffer.from('{"a": tru }'))).toEqual({ ok: false, problem: 'malformed', offset: 9 });
  expect(scan(Buffer.from('{"a": tru }'), silent, 4)).toEqual({ ok: false, problem: 'malformed', offset: 9 });
  expect(scan(Buffer.from('{"a": [1'))).toEqual({ ok: false, problem: 'truncated', offset: 8 });
});

test('nesting is followed as deep as the engine does', () => {
  const nested = (depth: number): Buffer => Buffer.from('['.repeat(depth) + ']'.repeat(depth));
  expect(scan(nested(10_000))).toEqual({ ok: true });
  expect(scan(nested(10_001))).toMatchObject({ ok: false, problem: 'too_deep' });
  expect(scan(Buffer.from(`${'[{"a":'.repeat(3_000)}1${'}]'.repeat(3_000)}`))).toEqual({ ok: true });
});

describe('what the visitor is told', () => {
  const object = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 });

  test('each member of the top, as JSON.parse reads it', () => {
    fc.assert(
      fc.property(object, chunks, (value, chunk) => {
        const told = visit(value, () => 'capture', chunk);
        const parsed = Object.entries(JSON.parse(JSON.stringify(value)));
        expect(told).toEqual(parsed.map(([key, inner]) => [[key], inner]));
      }),
    );
  });

  test('members of members, of objects and arrays, and nothing of what is skipped', () => {
    fc.assert(
      fc.property(fc.array(object, { maxLength: 4 }), chunks, (items, chunk) => {
        const value = { skipped: { items }, items, after: 1 };
        const told = visit(
          value,
          path => (path[0] === 'skipped' ? 'skip' : path.length <= 2 && path[0] === 'items' ? 'enter' : 'capture'),
          chunk,
        );
        const parsed: typeof items = JSON.parse(JSON.stringify(items));
        expect(told).toEqual([
          ...parsed.flatMap((item, i) => Object.entries(item).map(([key, inner]) => [['items', i, key], inner])),
          [['after'], 1],
        ]);
      }),
    );
  });

  test('a member that is to be entered but is neither object nor array is passed over', () => {
    expect(visit({ a: 1, b: 'x', c: null, d: [2] }, path => (path.length === 1 ? 'enter' : 'capture'), 3)).toEqual([
      [['d', 0], 2],
    ]);
  });
});
