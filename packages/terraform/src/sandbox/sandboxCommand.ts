import { dirname } from 'node:path';
import { maskArguments } from './masks.js';
import { isWithin, realPath } from './paths.js';
import type { Sandbox } from './sandbox.js';
import { type Bind, shownBinds, systemArguments, systemBinds } from './systemFolders.js';

/** What one run sees beside what its sandbox shows to all. Absolute paths. */
interface SandboxView {
  /** The working directory; writable. */
  work: string;
  /** Further folders to write to. */
  writable: readonly string[];
  /** Files and folders to read; those that are not there are left out. */
  readable: readonly string[];
  /** The run's environment: what it names is shown if the engine looks there by itself. */
  env: Readonly<Record<string, string>>;
}

/**
 * Namespaces of its own for users, processes and memory shared by key. The engine is pid 1 of its namespace: when it
 * ends, the kernel ends everything that it has left, sessions of their own included. There is no `--die-with-parent`: it
 * would kill the engine when the supervisor is killed, and leave an empty state.
 */
const NAMESPACES = ['--unshare-user', '--unshare-pid', '--unshare-ipc', '--as-pid-1', '--cap-drop', 'ALL'];

/**
 * The command that runs another in the sandbox: it is to be followed by that one and its arguments. What comes later
 * covers what came before, so that what a template may write to comes last, and nothing private is shown by a folder
 * around it. bwrap reports the pid and the exit code on descriptor 3.
 */
export function sandboxCommand(sandbox: Sandbox, { work, writable, readable, env }: SandboxView): string[] {
  const home = homeOf(env);
  const owners = [...sandbox.readable, ...sandbox.writable].map(path => ({ from: path, to: path }));
  return [
    sandbox.bwrap,
    ...NAMESPACES,
    '--json-status-fd',
    '3',
    ...systemArguments(),
    ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
    ...(home === null ? [] : ['--tmpfs', home]),
    ...show('--ro-bind-try', [env.SSL_CERT_FILE, env.SSL_CERT_DIR].filter(isAbsolute)),
    ...show('--ro-bind', sandbox.readable),
    ...show('--bind', sandbox.writable),
    ...maskArguments(sandbox.hidden, [...shownBinds(), ...owners]),
    ...show('--ro-bind-try', sandbox.plugins.flatMap(withTarget)),
    ...show(
      '--ro-bind-try',
      withTarget(sandbox.engine.path).filter(path => !isInSystem(path)),
    ),
    ...show('--ro-bind-try', readable.flatMap(withTarget)),
    ...show('--bind', [...writable, work]),
    // What else there is was made by bwrap for the places above: what is written there would be lost without a word.
    ...[home, '/'].flatMap(path => (path === null ? [] : ['--remount-ro', path])),
    ...['--chdir', work, '--'],
  ];
}

function show(option: string, paths: readonly string[]): string[] {
  return paths.flatMap(path => [option, path, path]);
}

/** The plugins of an initialised folder are links to where they are kept, by its path without links. */
function withTarget(path: string): string[] {
  const real = realPath(path);
  return real === null || real === path ? [path] : [real, path];
}

/** Where an empty home folder is shown; null where that would cover the system's own folders. */
function homeOf({ HOME: home }: SandboxView['env']): string | null {
  if (!isAbsolute(home)) return null;
  const taken = [...systemBinds().map(bind => bind.to), '/bin', '/sbin', '/lib', '/lib64', '/etc', '/proc', '/dev'];
  const isFree = !taken.some(path => isWithin(home, path)) && ![...taken, '/tmp'].some(path => isWithin(path, home));
  return isFree ? home : null;
}

function isInSystem(path: string): boolean {
  return systemBinds().some((bind: Bind) => isWithin(dirname(path), bind.from));
}

function isAbsolute(path: string | undefined): path is string {
  return path?.startsWith('/') === true;
}
