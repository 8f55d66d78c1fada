import { homedir } from 'node:os';
import { expect, test } from 'vitest';
import { hostBlock, withoutSection, withSection } from '../src/ssh/configFile.js';
import { sshOptions } from '../src/ssh/sshOptions.js';
import { readTarget } from '../src/ssh/sshTarget.js';

const workspace = { id: 'w1', name: 'dev', owner: { id: 'u1', username: 'ada' } };
const key = `ssh-ed25519 ${'A'.repeat(68)}`;

test('the output is read with its defaults; a key loses its comment', () => {
  expect(readTarget({ host: 'a.example.com' }, 'dev')).toEqual({
    ...{ host: 'a.example.com', port: 22, user: null, hostKeys: [] },
  });
  const all = { host: '2001:db8::1', port: '2222', user: 'ada', host_key: `${key} root@machine\n` };
  expect(readTarget(all, 'dev')).toEqual({ host: '2001:db8::1', port: 2222, user: 'ada', hostKeys: [key] });
});

test.each([
  [{ host: '-oProxyCommand=touch /tmp/x' }, 'host'],
  [{ host: 'a b' }, 'host'],
  [{ host: 'a\nProxyCommand touch /tmp/x' }, 'host'],
  [{ host: 'a\n' }, 'host'],
  [{ host: '$(touch x)' }, 'host'],
  [{ host: '' }, 'host'],
  [{ host: null }, 'host'],
  [{ host: 'a', port: 0 }, 'port'],
  [{ host: 'a', port: '22\nProxyCommand x' }, 'port'],
  [{ host: 'a', user: '-l' }, 'user'],
  [{ host: 'a', user: 'ada\n  ProxyCommand x' }, 'user'],
  [{ host: 'a', user: 'a;b' }, 'user'],
  [{ host: 'a', host_key: 'no key' }, 'host_key'],
  [{ host: 'a', host_key: `${key}\n* ssh-rsa AAAA` }, 'host_key'],
  ['a', 'the whole'],
  [null, 'the whole'],
])('what is no plain host, port, user and key is refused: %j', (value, attribute) => {
  expect(() => readTarget(value, 'dev')).toThrow(`the 'ssh' output of dev cannot be used: ${attribute}`);
});

test('a key that is told is the only one accepted', () => {
  const target = readTarget({ host: 'a', host_key: key }, 'dev');
  const options = Object.fromEntries(sshOptions(target, workspace, '/c d/50%/ssh'));
  expect(options).toMatchObject({
    HostName: 'a',
    HostKeyAlias: 'berth.ada.dev',
    StrictHostKeyChecking: 'yes',
    VerifyHostKeyDNS: 'no',
    UserKnownHostsFile: '"/c d/50%%/ssh/w1.known_hosts"',
  });
  const unknown = Object.fromEntries(sshOptions({ ...target, hostKeys: [] }, workspace, homedir()));
  expect(unknown.StrictHostKeyChecking).toBe('accept-new');
});

test.each(['', 'Host *\n  User ada\n', '# mine\n\nHost a\n'])(
  'a section comes first, once, and goes again: %j',
  text => {
    const once = withSection(text, '/c d/ssh/config');
    expect(once).toContain('\nInclude "/c d/ssh/config"\n');
    expect(once.endsWith(text)).toBe(true);
    expect(withSection(once, '/c d/ssh/config')).toBe(once);
    expect(withoutSection(once)).toBe(text);
    expect(withoutSection(text)).toBe(text);
    expect(hostBlock(['berth.dev'], [['Port', '22']])).toBe('Host berth.dev\n  Port 22\n');
  },
);

const section = withSection('', '/a');
const [begin = '', , , end = ''] = section.split('\n');

test.each([
  ['its last line has no line break', section.trimEnd(), ''],
  ['it ends as on Windows', `${section.replaceAll('\n', '\r\n')}Host a\r\n`, 'Host a\r\n'],
  ['it is there twice', `${section}Host a\n${section}`, 'Host a\n'],
  ['its end is gone', `${begin}\nHost a\n`, `${begin}\nHost a\n`],
  ['its beginning is gone', `Host a\n${end}\n`, `Host a\n${end}\n`],
  ['another stands below one whose end is gone', `${begin}\nHost a\n${section}`, `${begin}\nHost a\n`],
  ['another stands below one whose beginning is gone', `${end}\nHost a\n${section}`, `${end}\nHost a\n`],
  ['a line only looks like it', `  Host x ${begin}\n${end}\n`, `  Host x ${begin}\n${end}\n`],
])('of a section that was edited by hand nothing else goes with it: %s', (_, text, left) => {
  expect(withoutSection(text)).toBe(left);
  const again = withSection(text, '/b');
  expect(withSection(again, '/b')).toBe(again);
  expect(withoutSection(again)).toBe(left);
});
