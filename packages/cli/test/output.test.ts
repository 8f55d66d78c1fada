import { BerthError } from '@berth/protocol';
import { expect, test } from 'vitest';
import { coloursFor, makeColours } from '../src/output/colour.js';
import { errorText } from '../src/output/errorText.js';
import { exitCodeOf } from '../src/output/exitCode.js';
import { printable, printableLines } from '../src/output/printable.js';
import { size } from '../src/output/size.js';
import { type Column, renderFields, renderTable } from '../src/output/table.js';
import { elapsed, relativeTime } from '../src/output/time.js';
import { toBerthError } from '../src/output/toBerthError.js';
import { fitWidth } from '../src/output/width.js';

const none = makeColours(false);

test('a table is aligned by what a terminal shows, and leaves out empty columns', () => {
  const rows = [
    { name: 'dev', status: 'running', note: '', n: 3 },
    { name: '日本', status: 'stopped', note: '', n: 12 },
  ];
  const columns: Column<(typeof rows)[number]>[] = [
    { title: 'NAME', value: row => row.name },
    { title: 'NOTE', value: row => row.note },
    { title: 'N', value: row => String(row.n), align: 'right' },
    { title: 'STATUS', value: row => row.status, style: cell => `<${cell}>` },
  ];
  expect(renderTable(rows, columns)).toBe(
    ['NAME   N  STATUS', 'dev    3  <running>', '日本  12  <stopped>'].join('\n'),
  );
});

test('a table without rows shows its titles', () => {
  expect(
    renderTable(
      [],
      [
        { title: 'A', value: () => '' },
        { title: 'B', value: () => '' },
      ],
    ),
  ).toBe('A  B');
});

test('fields are aligned, also over lines, and empty ones are left out', () => {
  const fields = [
    ['name', 'dev'],
    ['lacks', 'a\nb'],
    ['empty', ''],
    ['none', null],
  ] as const;
  expect(renderFields(fields)).toBe('name   dev\nlacks  a\n       b');
});

test.each([
  ['plain', 'plain'],
  ['a\u001b[31mred\u001b[0m', 'ared'],
  ['title\u001b]0;owned\u0007!', 'title!'],
  ['up\u001b[1A\u001b[2K\rover', 'up over'],
  ['bell\u0007 \u009b31m', 'bell  '],
  ['tab\there', 'tab  here'],
])('%j is printed as %j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('whatever stands in a cell, a table stays a table', () => {
  const columns = [
    { title: 'A', value: (row: string) => row },
    { title: 'B', value: () => 'b' },
  ];
  expect(renderTable(['k=\u001b[2Jv\u009b31m', 'two\nlines', '\u202egpj'], columns)).toBe(
    ['A          B', 'k=v        b', 'two lines  b', ' gpj       b'].join('\n'),
  );
});

test('text of several lines keeps them', () => {
  expect(printableLines('a\r\nb\n\u001b[2Jc\n\n')).toEqual(['a', 'b', 'c']);
});

test('an error shows message, hint and fields', () => {
  const error = new BerthError('missing_parameter', "the template needs 'size'", {
    fields: { 'parameters.size': 'needs a value of type number' },
  });
  expect(errorText(error, none)).toBe(
    [
      "Error: the template needs 'size'",
      '  Give each with --parameter NAME=VALUE, or all in a --parameters-file.',
      '  parameters.size: needs a value of type number',
    ].join('\n'),
  );
});

test('a field is left out where the message says the same', () => {
  const error = new BerthError('invalid_parameter', "parameter 'size': From 1 to 5.", {
    fields: { 'parameters.size': 'From 1 to 5.' },
  });
  expect(errorText(error, none)).toBe("Error: parameter 'size': From 1 to 5.");
});

test('what the parser says is a usage error without its own trimmings', () => {
  const error = Object.assign(new Error('Nonexistent flag: --x\nSee more help with --help'), { oclif: { exit: 2 } });
  const told = toBerthError(error, 'berth list');
  expect(told).toMatchObject({
    code: 'invalid_request',
    message: 'nonexistent flag: --x',
    hint: "Try 'berth list --help'.",
  });
});

test("a flag's own check keeps its message and hint", () => {
  const error = new BerthError('invalid_request', "'x' is no duration", { hint: 'Write it as 90s.' });
  error.message = `Parsing --hold \n\t${error.message}\nSee more help with --help`;
  expect(toBerthError(error, 'berth server')).toMatchObject({
    message: "--hold: 'x' is no duration",
    hint: 'Write it as 90s.',
  });
});

test('any other error is a fault of the program, told without its stack', () => {
  const told = toBerthError(new TypeError('x is not a function'), 'berth list');
  expect(told.code).toBe('internal');
  expect(errorText(told, none)).not.toContain('.ts:');
});

test.each([
  ['invalid_parameter', 2],
  ['unauthenticated', 3],
  ['psk_refused', 3],
  ['unreachable', 4],
  ['name_taken', 1],
  ['internal', 1],
] as const)('the error %s ends with exit code %i', (code, exit) => {
  expect(exitCodeOf(code)).toBe(exit);
});

test.each([
  [0, 'just now'],
  [4_000, 'just now'],
  [59_000, '59 s ago'],
  [61_000, '1 min ago'],
  [3 * 3_600_000, '3 h ago'],
  [2 * 86_400_000, '2 d ago'],
  [89.9 * 86_400_000, '89 d ago'],
  [130 * 86_400_000, '4 mo ago'],
  [800 * 86_400_000, '2 y ago'],
  [-90_000, 'in 1 min'],
])('%i ms ago is %s', (ms, text) => {
  expect(relativeTime(1e12 - ms, 1e12)).toBe(text);
});

test.each([
  [0, '0.0 s'],
  [340, '0.3 s'],
  [9_960, '10 s'],
  [59_400, '59 s'],
  [59_600, '1 min 00 s'],
  [184_000, '3 min 04 s'],
  [3_720_000, '1 h 02 min'],
  [-5, '0.0 s'],
])('%i ms are %s', (ms, text) => {
  expect(elapsed(ms)).toBe(text);
});

test.each([
  [512, '512 B'],
  [1536, '1.5 KiB'],
  [20 * 1024 * 1024, '20 MiB'],
])('%i bytes are %s', (bytes, text) => {
  expect(size(bytes)).toBe(text);
});

test('a line is cut to the width that it is shown with, colours closed', () => {
  expect(fitWidth('short', 10)).toBe('short');
  expect(fitWidth('0123456789', 10)).toBe('0123456789');
  expect(fitWidth('0123456789x', 10)).toBe('012345678…');
  expect(fitWidth('日本語日本語', 7)).toBe('日本語…');
  expect(fitWidth('\u001b[31mabcdef\u001b[39m', 4)).toBe('\u001b[31mabc…\u001b[0m');
});

test('colours are for terminals, unless the environment says otherwise', () => {
  const red = (isTTY: boolean, env: Record<string, string>) => coloursFor({ isTTY }, env).red('x') !== 'x';
  expect(red(true, {})).toBe(true);
  expect(red(false, {})).toBe(false);
  expect(red(true, { NO_COLOR: '1' })).toBe(false);
  expect(red(true, { TERM: 'dumb' })).toBe(false);
  expect(red(false, { FORCE_COLOR: '1' })).toBe(true);
  expect(red(false, { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
});
