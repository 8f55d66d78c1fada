import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { Flags } from '@oclif/core';
import { describe, expect, test } from 'vitest';
import { isPlainRemote, readAddress } from '../src/settings/address.js';
import { configFolder, dataFolder } from '../src/settings/configFolder.js';
import { resolveConnection } from '../src/settings/connection.js';
import { readDuration } from '../src/settings/duration.js';
import { findSettings, forgetSecrets, visibleSecrets } from '../src/settings/environment.js';
import { readSavedLogin, removeSavedLogin, writeSavedLogin } from '../src/settings/savedLogin.js';
import { fileOf, setting } from '../src/settings/setting.js';

const flags = {
  url: setting({ env: 'BERTH_URL', aliases: ['CODER_URL'] }, Flags.string({ summary: 'Address' })),
  psk: setting({ env: 'BERTH_PSK', aliases: ['CODER_PSK'], secret: true }, Flags.string({ summary: 'Key' })),
  'psk-file': fileOf('psk'),
  tag: setting({ env: 'BERTH_TAGS' }, Flags.string({ multiple: true })),
  wait: setting({ env: 'BERTH_WAIT' }, Flags.boolean({ allowNo: true })),
  plain: Flags.string(),
};

describe('a setting that the command line does not give', () => {
  const cases: { name: string; given?: Record<string, unknown>; env: Record<string, string>; argv: string[] }[] = [
    { name: 'is taken from its variable', env: { BERTH_URL: 'u' }, argv: ['--url=u'] },
    { name: 'is not taken where the flag is given', given: { url: 'f' }, env: { BERTH_URL: 'u' }, argv: [] },
    { name: 'is taken from an alias', env: { CODER_URL: 'c' }, argv: ['--url=c'] },
    { name: 'prefers its own variable to an alias', env: { BERTH_URL: 'u', CODER_URL: 'c' }, argv: ['--url=u'] },
    { name: 'counts an empty variable as not set', env: { BERTH_URL: '', CODER_URL: 'c' }, argv: ['--url=c'] },
    {
      name: 'prefers a secret variable to its file',
      env: { BERTH_PSK: 's', BERTH_PSK_FILE: '/no' },
      argv: ['--psk=s'],
    },
    { name: 'splits a list at commas', env: { BERTH_TAGS: 'a=1, b=2,' }, argv: ['--tag=a=1', '--tag=b=2'] },
    { name: 'reads a switch', env: { BERTH_WAIT: 'Yes' }, argv: ['--wait'] },
    { name: 'reads a switch that is off', env: { BERTH_WAIT: '0' }, argv: ['--no-wait'] },
    { name: 'keeps a value that looks like a flag', env: { BERTH_URL: '--url' }, argv: ['--url=--url'] },
  ];
  test.each(cases)('$name', ({ given = {}, env, argv }) => {
    expect(findSettings(flags, given, env).flatMap(found => found.argv)).toEqual(argv);
  });

  test('may stand in a file that the environment names', () => {
    const file = join(tempDir(), 'psk');
    writeFileSync(file, 'from file\n');
    expect(findSettings(flags, {}, { BERTH_PSK_FILE: file, CODER_PSK: 'c' })).toEqual([
      { flag: 'psk', from: 'BERTH_PSK_FILE', argv: ['--psk=from file'], aliasOf: null },
    ]);
  });

  test('may stand in a file that a flag names, which goes before the environment', () => {
    const file = join(tempDir(), 'psk');
    writeFileSync(file, 'from flag\n');
    const found = findSettings(flags, { 'psk-file': file }, { BERTH_PSK: 'env' });
    expect(found.map(({ argv }) => argv)).toEqual([['--psk=from flag']]);
  });

  test('says which variable of another product it came from', () => {
    expect(findSettings(flags, {}, { CODER_URL: 'c' })[0]).toMatchObject({ from: 'CODER_URL', aliasOf: 'BERTH_URL' });
  });

  test.each([
    [{ BERTH_WAIT: 'perhaps' }, {}, "BERTH_WAIT: 'perhaps' is neither true nor false"],
    [{ BERTH_PSK_FILE: '/not/there' }, {}, 'the file that BERTH_PSK_FILE names: /not/there (ENOENT)'],
    [{}, { 'psk-file': '/not/there' }, 'the file that --psk-file names'],
    [{}, { 'psk-file': '/not/there', psk: 's' }, 'give --psk or --psk-file, not both'],
  ])('%j with %j is an error', (env, given, message) => {
    expect(() => findSettings(flags, given, env)).toThrow(message);
  });

  test('an empty secret file is an error, and not an empty secret', () => {
    const file = join(tempDir(), 'psk');
    writeFileSync(file, '\n');
    expect(() => findSettings(flags, {}, { BERTH_PSK_FILE: file })).toThrow('is empty');
  });
});

test('only secrets on the command line are told to be visible', () => {
  expect(visibleSecrets(flags, { psk: 's', url: 'u', plain: 'p' })).toEqual([{ flag: 'psk', env: 'BERTH_PSK' }]);
});

test('secrets are taken out of the environment once they are read, and nothing else is', () => {
  const env = { BERTH_PSK: 's', CODER_PSK: 's', BERTH_PSK_FILE: '/f', BERTH_URL: 'u' };
  forgetSecrets(flags, env);
  expect(env).toEqual({ BERTH_PSK_FILE: '/f', BERTH_URL: 'u' });
});

test('the help of a setting names its variables', () => {
  expect(flags.url.summary).toBe('Address [env: BERTH_URL]');
  expect(flags.psk.summary).toBe('Key [env: BERTH_PSK, BERTH_PSK_FILE]');
});

describe('the saved login', () => {
  const login = { url: 'https://berth.test', token: 'berth_ses_x', username: 'ada' };

  test('is read as it was written, by its owner alone, and nothing else is left', () => {
    const folder = join(tempDir(), 'made', 'new');
    writeSavedLogin({ ...login, token: 'older' }, folder);
    writeSavedLogin(login, folder);
    expect(readSavedLogin(folder)).toEqual(login);
    expect(statSync(join(folder, 'login.json')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder)).toEqual(['login.json']);
    removeSavedLogin(folder);
    expect(readSavedLogin(folder)).toBeNull();
  });

  test('that is damaged is an error that says what to do', () => {
    const folder = tempDir();
    writeFileSync(join(folder, 'login.json'), '{"url":');
    expect(() => readSavedLogin(folder)).toThrow('is damaged');
  });

  test('cannot be written where a file stands in the way', () => {
    const file = join(tempDir(), 'file');
    writeFileSync(file, '');
    expect(() => writeSavedLogin(login, join(file, 'below'))).toThrow('cannot write the login');
  });

  test('leaves nothing half written when it cannot be put in its place', () => {
    const folder = tempDir();
    mkdirSync(join(folder, 'login.json'));
    expect(() => writeSavedLogin(login, folder)).toThrow('cannot write the login');
    expect(readdirSync(folder)).toEqual(['login.json']);
  });
});

describe('which coordinator is called, and as whom', () => {
  const saved = { url: 'https://saved.test', token: 'saved-token', username: 'ada' };
  const cases = [
    { url: undefined, token: undefined, is: { url: 'https://saved.test', token: 'saved-token' } },
    { url: 'https://saved.test/', token: undefined, is: { url: 'https://saved.test', token: 'saved-token' } },
    // The saved token must not be sent to another host than the one that issued it.
    { url: 'https://other.test', token: undefined, is: { url: 'https://other.test', token: null } },
    { url: 'http://saved.test', token: undefined, is: { url: 'http://saved.test', token: null } },
    { url: 'https://other.test', token: 'given', is: { url: 'https://other.test', token: 'given' } },
    { url: undefined, token: 'given', is: { url: 'https://saved.test', token: 'given' } },
  ];
  test.each(cases)('url $url, token $token', ({ url, token, is }) => {
    expect(resolveConnection({ url, token }, () => saved)).toEqual(is);
  });

  test('nobody is logged in and no address was given', () => {
    expect(() => resolveConnection({ url: undefined, token: 't' }, () => null)).toThrow('not logged in');
  });

  test('the saved login is not even read when both are given', () => {
    const read = () => {
      throw new Error('read');
    };
    expect(resolveConnection({ url: 'https://a.test', token: 't' }, read)).toEqual({
      url: 'https://a.test',
      token: 't',
    });
  });
});

test.each([
  ['https://berth.test/', 'https://berth.test'],
  ['berth.test', 'https://berth.test'],
  ['berth.test:8443/sub/', 'https://berth.test:8443/sub'],
  ['localhost:7400', 'http://localhost:7400'],
  ['127.0.0.1', 'http://127.0.0.1'],
  ['[::1]:7400', 'http://[::1]:7400'],
  ['HTTP://Berth.Test', 'http://berth.test'],
])('the address %s is read as %s', (text, url) => {
  expect(readAddress(text)).toBe(url);
});

test.each(['', 'ftp://berth.test', 'https://', 'https://user:pass@berth.test', 'https://berth.test?x=1', 'a b'])(
  'the address %j is refused',
  text => {
    expect(() => readAddress(text)).toThrow();
  },
);

test.each([
  ['http://berth.test', true],
  ['https://berth.test', false],
  ['http://127.8.9.1:7400', false],
  ['http://localhost', false],
  ['http://[::1]:7400', false],
  ['http://127.0.0.1.example.com', true],
])('plain HTTP to %s is warned of: %s', (url, warned) => {
  expect(isPlainRemote(url)).toBe(warned);
});

test.each([
  ['90', 90_000],
  ['1.5', 1_500],
  ['90s', 90_000],
  ['20m', 1_200_000],
  ['1h30m', 5_400_000],
  ['7d', 604_800_000],
  ['250ms', 250],
])('the duration %s has %i ms', (text, ms) => {
  expect(readDuration(text)).toBe(ms);
});

test.each(['', 'x', '5 m', '-5s', '5w', 'm5'])('the duration %j is refused', text => {
  expect(() => readDuration(text)).toThrow('is no duration');
});

test('folders follow the environment', () => {
  expect(configFolder({ BERTH_CONFIG_DIR: '/c' })).toBe('/c');
  expect(configFolder({ XDG_CONFIG_HOME: '/x' })).toBe('/x/berth');
  expect(dataFolder({ XDG_DATA_HOME: '/d' })).toBe('/d/berth');
});
