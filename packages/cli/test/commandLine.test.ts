import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';
import { berth } from './berth.js';

test('version says version, platform and node', async () => {
  const { stdout, code } = await berth(['version']);
  expect(stdout).toBe(`berth 0.1.0 (linux-${process.arch}, node ${process.versions.node})\n`);
  expect(code).toBe(0);
  expect((await berth(['--version'])).stdout).toBe(stdout);
  expect(JSON.parse((await berth(['version', '--json'])).stdout)).toMatchObject({ version: '0.1.0' });
});

test.each([
  [['--help'], /COMMANDS\n[\s\S]*create +Make a workspace/],
  [['help', 'create'], /GLOBAL FLAGS[\s\S]*--url=URL +Address of the coordinator \[env: BERTH_URL\]/],
])('%j shows help on stdout', async (args, pattern) => {
  const { stdout, stderr, code } = await berth(args);
  expect(stdout).toMatch(pattern);
  expect(stderr).toBe('');
  expect(code).toBe(0);
});

test.each([
  [['lits'], "there is no command 'berth lits'\n  Did you mean 'berth list'?"],
  [['whoami', 'extra'], "'berth whoami' takes no argument 'extra'"],
  [['list', '--nope'], "nonexistent flag: --nope\n  Try 'berth list --help'."],
  [['create', '--template', 't'], 'missing 1 required arg'],
  [['server', '--hold', 'soon'], "--hold: 'soon' is no duration"],
  [['templates', 'init', 'nope'], "there is no example 'nope'"],
])('%j is an error that says what is wrong', async (args, text) => {
  const { stdout, stderr, code } = await berth(args, {
    BERTH_CONFIG_DIR: tempDir(),
    BERTH_URL: 'http://127.0.0.1:1',
    BERTH_SESSION_TOKEN: 't',
  });
  expect(stderr.toLowerCase()).toContain(text.toLowerCase());
  expect(stderr).not.toMatch(/^\s+at .*\.js/m);
  expect(stdout).toBe('');
  expect(code).toBe(args.includes('nope') ? 1 : 2);
});

test('an error in a variable names the variable', async () => {
  const { stderr, code } = await berth(['server'], { BERTH_PROVISIONER_DAEMONS: 'many' });
  expect(stderr).toContain('BERTH_PROVISIONER_DAEMONS: Expected an integer but received: many');
  expect(code).toBe(2);
});

test('an address where nobody answers ends with exit code 4', async () => {
  const env = { BERTH_CONFIG_DIR: tempDir(), BERTH_URL: 'http://127.0.0.1:9', BERTH_SESSION_TOKEN: 't' };
  const { stderr, code } = await berth(['list'], env);
  expect(stderr).toContain('cannot reach the coordinator at http://127.0.0.1:9');
  expect(code).toBe(4);
});

test('without a login it says how to get one, with exit code 3', async () => {
  const { stderr, code } = await berth(['list'], { BERTH_CONFIG_DIR: tempDir() });
  expect(stderr).toContain("Run 'berth login URL'");
  expect(code).toBe(3);
});

test('plain HTTP to another host is warned of before anything is sent', async () => {
  const env = { BERTH_CONFIG_DIR: tempDir() };
  const { stderr, code } = await berth(['login', 'http://berth.invalid', '--username', 'a'], env);
  expect(stderr).toContain('http://berth.invalid is not encrypted');
  expect(code).toBe(4);
});
