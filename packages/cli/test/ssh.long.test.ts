import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { berth } from './berth.js';
import { useSite, writeTemplate } from './site.js';

// Many commands one after the other, on a machine that may have other work.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const sshd = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find(existsSync);
const reason = sshd === undefined ? 'this machine has no sshd' : whyNot(sshd);
if (reason !== null) console.log(`Skipped: ssh to a workspace, because ${reason}.`);

describe.skipIf(reason !== null)('a workspace with an SSH server', () => {
  const site = useSite();
  const end: (() => void)[] = [];
  let config = '';
  let login = '';
  afterAll(() => {
    for (const one of end) one();
  });

  const template = (port: number, key: string) => `
variable "host" {
  type    = string
  default = "127.0.0.1"
}
output "ssh" { value = { host = var.host, port = ${port}, user = "${userInfo().username}", host_key = "${key}" } }`;

  beforeAll(async () => {
    const home = join(site.folder, 'server');
    mkdirSync(home, { mode: 0o700 });
    for (const name of ['host', 'other', 'user']) {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(home, name)]);
    }
    const key = (name: string) => readFileSync(join(home, `${name}.pub`), 'utf8').trim();
    writeFileSync(join(home, 'authorized'), `${key('user')}\n`, { mode: 0o600 });
    const port = await freePort();
    const lines = [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${home}/host`,
      `AuthorizedKeysFile ${home}/authorized`,
      'StrictModes no',
      'UsePAM no',
      `PidFile ${home}/pid`,
    ];
    writeFileSync(join(home, 'config'), `${lines.join('\n')}\n`);
    const server = spawn(sshd ?? '', ['-D', '-e', '-f', join(home, 'config')], { stdio: ['ignore', 'ignore', 'pipe'] });
    const exited = new Promise(resolve => server.once('close', resolve));
    end.push(() => void server.kill());
    afterAll(() => exited);
    await new Promise<void>((resolve, reject) => {
      let said = '';
      server.stderr.on('data', (text: Buffer) => {
        said += text.toString();
        if (said.includes('Server listening')) resolve();
      });
      server.once('close', () => reject(new Error(said)));
    });
    // OpenSSH looks for keys below the user's home folder, which no variable moves: they are named in a file.
    config = join(site.folder, 'ssh_config');
    // And what is no UTF-8 must stay what it is.
    writeFileSync(config, `Host *\n  IdentityFile ${home}/user\n  IdentitiesOnly yes\n# b\xfcro\n`, 'latin1');
    login = join(home, 'user');
    await site.startDaemon('one');
    for (const [name, of] of [
      ['good', 'host'],
      ['wrong', 'other'],
    ] as const) {
      const folder = writeTemplate(site.folder, name, template(port, key(of)));
      const pushed = await site.run('templates', 'push', '-d', folder, '--yes');
      if (pushed.code !== 0) throw new Error(pushed.stderr);
      await site.run('create', name, '-t', name, '--yes');
    }
    await site.run('create', 'hostile', '-t', 'good', '-p', 'host=-oProxyCommand=false', '--yes');
  });

  test('config-ssh lets the system ssh in, twice alike, and goes without a trace', async () => {
    const before = readFileSync(config, 'latin1');
    const dry = await site.run('config-ssh', '--ssh-config', config, '--dry-run');
    expect(dry.stdout).toContain('Host berth.good berth.admin.good\n  HostName 127.0.0.1\n');
    expect(readFileSync(config, 'latin1')).toBe(before);
    const done = await site.run('config-ssh', '--ssh-config', config);
    expect(done.stderr).toContain("the 'ssh' output of hostile cannot be used: host");
    expect(done.stderr).toMatch(/Known to ssh: berth.wrong, berth.good\.|Known to ssh: berth.good, berth.wrong\./);
    const written = readFileSync(config, 'utf8');
    expect((await site.run('config-ssh', '--ssh-config', config)).code).toBe(0);
    expect(readFileSync(config, 'utf8')).toBe(written);

    const ssh = (host: string) =>
      execFileSync('ssh', ['-F', config, '-o', 'BatchMode=yes', host, 'echo', 'in'], { stdio: 'pipe' });
    expect(ssh('berth.good').toString()).toBe('in\n');
    expect(() => ssh('berth.wrong')).toThrow(/Host key verification failed/);
    const link = join(site.folder, 'link');
    symlinkSync(join(site.folder, 'nowhere'), link);
    const nowhere = await site.run('config-ssh', '--ssh-config', join(link, 'config'));
    expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining(`cannot write ${link}/config`) });
    expect((await site.run('config-ssh', '--ssh-config', config, '--remove')).code).toBe(0);
    expect(readFileSync(config, 'latin1')).toBe(before);
  });

  test('ssh runs a command there and ends with its exit code; what is hostile or stopped is refused', async () => {
    const agent = startAgent(login);
    end.push(agent.end);
    const env = { ...site.env, SSH_AUTH_SOCK: agent.socket };
    const ran = await berth(['ssh', 'good', '--', 'echo "$0"; exit 7'], env);
    expect(ran.code).toBe(7);
    const words = await berth(['ssh', 'good', '--', 'printf', '"%s "', '-l', 'a', '--', 'b'], env);
    expect(words.stdout).toBe('-l a -- b ');
    expect((await berth(['ssh', 'wrong', '--', 'true'], env)).code).toBe(255);
    const hostile = await site.run('ssh', 'hostile');
    expect(hostile.stderr).toContain("Error: the 'ssh' output of hostile cannot be used: host");
    await site.run('stop', 'good', '--yes');
    const stopped = await site.run('ssh', 'good');
    expect(stopped.stderr).toContain("Error: workspace good is stopped\n  It must run: 'berth start good'.");
  });
});

/** An agent with one key: OpenSSH asks it, whatever the home folder is. */
function startAgent(key: string): { socket: string; end: () => void } {
  const socket = `${key}.agent`;
  const said = execFileSync('ssh-agent', ['-a', socket]).toString();
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]);
  execFileSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' });
  return { socket, end: () => void process.kill(pid) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Why the server would not start here: as root it wants a folder that the system's own service makes. */
function whyNot(program: string): string | null {
  const folder = mkdtempSync(join(tmpdir(), 's-'));
  try {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
    const { status, stderr } = spawnSync(program, ['-t', '-f', '/dev/null', '-h', join(folder, 'key')]);
    return status === 0 ? null : `sshd says: ${stderr.toString().trim()}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
