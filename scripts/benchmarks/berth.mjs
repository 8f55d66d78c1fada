/** Starts the programs of Berth for a benchmark, as a user does, and talks to the coordinator over its API. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

export const root = resolve(import.meta.dirname, '../..');
const run = join(root, 'bin/run.js');

/** A folder that is removed when the process ends. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Environment without what a developer has set up for daily use. */
export function cleanEnvironment(more = {}) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(BERTH|CODER|TF)_/.test(name));
  return { ...Object.fromEntries(kept), ...more };
}

/**
 * Starts a program and waits for a line of its output. Gives the line's match, the time it took in milliseconds and
 * `stop`, which ends it by SIGTERM and waits.
 */
export async function startProgram(args, pattern, more = {}) {
  const began = performance.now();
  const child = spawn(process.execPath, [run, ...args], {
    env: cleanEnvironment(more),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise(done => child.once('exit', done));
  // A benchmark that fails or is ended leaves nothing behind.
  process.prependListener('exit', () => child.kill('SIGKILL'));
  const said = [];
  const found = new Promise((resolve_, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', line => {
        if (said.push(line) > 1000) said.shift();
        const match = pattern.exec(line);
        if (match) resolve_(match);
      });
    }
    child.once('exit', code => reject(new Error(`${args[0]} ended with ${code}:\n${said.join('\n')}`)));
  });
  const match = await found;
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  return { match, ms: performance.now() - began, pid: child.pid, stop };
}

/** A coordinator without built-in daemons and one external daemon, with a first user logged in. */
export async function startBerth(folder, daemonArgs = []) {
  const psk = join(folder, 'psk');
  writeFileSync(psk, randomBytes(24).toString('hex'), { mode: 0o600 });
  const server = await startProgram(
    [
      'server',
      '--data-dir',
      join(folder, 'coordinator'),
      '--address',
      '127.0.0.1:0',
      '--provisioner-daemons',
      '0',
      '--provisioner-daemon-psk-file',
      psk,
    ],
    /(http:\/\/127\.0\.0\.1:\d+)/,
  );
  const url = server.match[1];
  const password = randomBytes(12).toString('hex');
  const first = { username: 'bench', email: 'bench@example.com', password };
  const { token } = await call(url, null, 'POST', '/users/first', first);
  const daemon = await startProgram(
    [
      'provisionerd',
      'start',
      '--url',
      url,
      '--psk-file',
      psk,
      '--name',
      'bench',
      '--data-dir',
      join(folder, 'daemon'),
      ...daemonArgs,
    ],
    /successfully connected/,
  );
  const environment = { BERTH_URL: url, BERTH_SESSION_TOKEN: token, BERTH_CONFIG_DIR: join(folder, 'config') };
  const stop = async () => {
    await daemon.stop();
    await server.stop();
  };
  return { url, token, server, daemon, environment, stop };
}

/** Calls the HTTP API; throws with the answer's own words. */
export async function call(url, token, method, path, body) {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

/** Follows a job's events to its end; gives the finished job and its log entries. */
export async function followJob(url, token, job) {
  const response = await fetch(`${url}/api/v1/jobs/${job}/events`, { headers: { authorization: `Bearer ${token}` } });
  let text = '';
  let last = null;
  const entries = [];
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = Object.fromEntries(
        text
          .slice(0, end)
          .split('\n')
          .map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
      );
      text = text.slice(end + 2);
      if (event.event === 'job') last = JSON.parse(event.data);
      if (event.event === 'log') entries.push(JSON.parse(event.data).entry);
      if (event.event === 'end') return { job: last, entries };
    }
  }
  throw new Error('the events ended before the job did');
}

/** Runs a `berth` command to its end and gives its standard output. */
export async function berth(environment, ...args) {
  const child = spawn(process.execPath, [run, ...args], {
    env: cleanEnvironment(environment),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of child.stdout) output += chunk;
  const code = child.exitCode ?? (await new Promise(done => child.once('exit', done)));
  if (code !== 0) throw new Error(`berth ${args.join(' ')} ended with ${code}`);
  return output;
}
