import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor, MASK, secretsOfEnvironment, secretsOfValue } from '../src/index.js';

/** Secrets as they are: words, keys, anything with letters that every encoding changes. */
const secrets = fc.oneof(
  fc.string({ minLength: 6, maxLength: 40 }),
  fc.string({ unit: 'grapheme', minLength: 6, maxLength: 20 }),
  fc.base64String({ minLength: 8, maxLength: 64 }),
  fc.stringMatching(/^[A-Za-z0-9]{6,40}$/),
);

/** Nothing that could be part of a secret by chance. */
const filler = fc.stringMatching(/^[ .:;]{0,12}$/);

const goJson = (text: string): string =>
  JSON.stringify(text).replace(/[<>&]/g, character => `\\u00${character.charCodeAt(0).toString(16)}`);

/** Every form in which a secret may stand in a log. */
const forms: [string, (secret: string) => string][] = [
  ['as it is', secret => secret],
  ['in JSON', secret => JSON.stringify(secret)],
  ["in Go's JSON", goJson],
  ['in JSON in JSON', secret => goJson(goJson(secret))],
  ['in a URL', encodeURIComponent],
  ['in a form', secret => new URLSearchParams({ a: secret }).toString().slice(2)],
  ['in a URL with small digits', secret => encodeURIComponent(secret).replace(/%../g, code => code.toLowerCase())],
  ['in base64', secret => Buffer.from(secret).toString('base64')],
  ['in base64 for URLs', secret => Buffer.from(secret).toString('base64url')],
  ['in base64 after one byte', secret => Buffer.from(`:${secret}`).toString('base64')],
  ['in base64 after two bytes', secret => Buffer.from(`a:${secret}`).toString('base64')],
  ['in base64 among others', secret => Buffer.from(`user:${secret}:more`).toString('base64')],
];

/** What is left of a secret in a text: none of its inner characters, in any form, in a row of six. */
function expectNothingLeft(text: string, form: string): void {
  const core = form.replace(/^"|"$/g, '');
  for (let i = 0; i + 6 <= core.length; i++) {
    const part = core.slice(i, i + 6);
    if (!MASK.includes(part) && !/^[ .:;]+$/.test(part)) expect(text).not.toContain(part);
  }
}

/** In base64 what stands around the secret is not secret. */
function secretPart(name: string, form: string, secret: string): string {
  if (!name.startsWith('in base64')) return form;
  const before =
    { 'in base64 after one byte': 1, 'in base64 after two bytes': 2, 'in base64 among others': 5 }[name] ?? 0;
  const first = Math.floor((before * 8) / 6);
  const last = Math.ceil(((before + Buffer.byteLength(secret)) * 8) / 6);
  return form.slice(first, last);
}

const isPlain = (secret: string): boolean =>
  !/^[\s.:;]*$/.test(secret) && !/^[+-]?\d{1,5}$/.test(secret) && Buffer.from(secret).toString() === secret;

describe.each(forms)('a secret %s', (name, encode) => {
  test('is found wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.array(secrets.filter(isPlain), { minLength: 1, maxLength: 4 }),
        filler,
        filler,
        (all, before, after) => {
          const [secret = ''] = all;
          const form = encode(secret);
          const clean = createRedactor(all).redact(before + form + after);
          expect(clean).toContain(MASK);
          expectNothingLeft(clean.replaceAll(MASK, ''), secretPart(name, form, secret));
        },
      ),
    );
  });

  test('is found when it is cut into pieces, and the pieces give what the whole gives', () => {
    fc.assert(
      fc.property(
        fc.array(secrets.filter(isPlain), { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(filler, fc.nat()), { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (all, places, lengths) => {
          const text = places.map(([space, i]) => space + encode(all[i % all.length] ?? '')).join(' ');
          const redactor = createRedactor(all);
          const stream = redactor.stream();
          let clean = '';
          for (let i = 0, at = 0; at < text.length; i++) {
            const length = lengths[i % lengths.length] ?? 1;
            clean += stream.push(text.slice(at, at + length));
            at += length;
          }
          clean += stream.end();
          expect(clean).toBe(redactor.redact(text));
        },
      ),
    );
  });
});

test('in base64 every character that carries a bit of the secret goes, and no other', () => {
  for (const secret of ['hunter2', 'hunter22', 'hunter222']) {
    const { redact } = createRedactor([secret]);
    for (const before of ['', '.', '..', '...', '....']) {
      for (const after of ['', '.', '..', '...']) {
        const text = Buffer.from(before + secret + after).toString('base64');
        const first = Math.floor((before.length * 8) / 6);
        const last = Math.ceil(((before + secret).length * 8) / 6);
        expect(redact(text)).toBe(text.slice(0, first) + MASK + text.slice(last));
      }
    }
  }
});

test('of overlapping secrets nothing is left', () => {
  const { redact } = createRedactor(['abcdefgh', 'efghijkl', 'ghij']);
  expect(redact('xabcdefghijklx')).toBe(`x${MASK}x`);
  expect(redact('abcdefgh efghijkl')).toBe(`${MASK} ${MASK}`);
});

test('a long secret that begins like a short one is not left half-redacted at a border', () => {
  const stream = createRedactor(['abcd', 'abcdefgh']).stream();
  expect(stream.push('1 abcd')).toBe('1 ');
  expect(stream.push('ef')).toBe('');
  expect(stream.push('gh 2.')).toBe(`${MASK} 2.`);
  expect(stream.end()).toBe('');
});

test('a stream holds back nothing but what may be the beginning of a secret', () => {
  const stream = createRedactor(['hunter22']).stream();
  expect(stream.push('nothing here.')).toBe('nothing here.');
  expect(stream.push(' but hunt')).toBe(' but ');
  expect(stream.push('ing!')).toBe('hunting!');
  // It may be the character before a base64 form.
  expect(stream.push('word')).toBe('wor');
  expect(stream.push(' ')).toBe('d ');
  expect(stream.push('hunter2')).toBe('');
  expect(stream.end()).toBe('hunter2');
});

test('each line of a secret of several lines is one', () => {
  const key = '-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n}\n-----END KEY-----\n';
  const { redact } = createRedactor([key]);
  expect(redact('line: MIIEvQIBADANBg')).toBe(`line: ${MASK}`);
  expect(redact('kqhkiG9w0BAQEF')).toBe(MASK);
  expect(redact('a brace } stays')).toBe('a brace } stays');
  expect(redact(JSON.stringify({ key }))).not.toContain('MIIE');
});

test.each(['', 'a', 'abc', 'true', 'False', 'null', 'none', '0', '8080', '-1', '65535'])(
  '%j is not worth redacting',
  value => {
    const text = `a ${value} b`;
    expect(createRedactor([value]).redact(text)).toBe(text);
    expect(createRedactor([value]).stream().push(text)).toBe(text);
  },
);

test.each(['abcd', '123456', 'trueish', '1234a'])('%j is', value => {
  expect(createRedactor([value]).redact(`a ${value} b`)).toBe(`a ${MASK} b`);
});

test('without secrets a text is the text', () => {
  expect(createRedactor([]).redact('hunter22')).toBe('hunter22');
});

test('secrets of an environment: by name, and passwords in addresses', () => {
  const environment = {
    AWS_SECRET_ACCESS_KEY: 'one',
    DB_PASSWORD: 'two',
    GITHUB_TOKEN: 'three',
    TF_TOKEN_app_terraform_io: 'four',
    MY_API_KEY: 'five',
    BERTH_PROVISIONER_DAEMON_PSK: 'six',
    HTTPS_PROXY: 'http://user:p%40ss@proxy:3128',
    DATABASE_URL: 'postgres://u:seven@db/x',
    PATH: '/usr/bin',
    HOME: '/home/me',
    KEYBOARD: 'qwerty',
    TOKENIZER: 'bpe',
    AUTHOR: 'me',
    GOOGLE_APPLICATION_CREDENTIALS: '/etc/google.json',
    DB_PASSWORD_FILE: 'secrets/db',
    EMPTY_SECRET: '',
    UNSET_SECRET: undefined,
  };
  expect(secretsOfEnvironment(environment).sort()).toEqual(
    ['five', 'four', 'one', 'p%40ss', 'p@ss', 'seven', 'six', 'three', 'two'].sort(),
  );
});

test('secrets of a sensitive value: every text and number in it', () => {
  expect(secretsOfValue({ a: 'x', b: ['y', { c: 1234567, d: null, e: true }] })).toEqual(['x', 'y', '1234567']);
  expect(secretsOfValue('plain')).toEqual(['plain']);
  expect(secretsOfValue(null)).toEqual([]);
});
