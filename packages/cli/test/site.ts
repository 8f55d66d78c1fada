import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { berth, type Env, fileFolder, type Ran, type Running, startBerth } from './berth.js';

export const adminPassword = 'correct horse battery';
export const psk = 'a pre-shared key of this test';

const fixedArgs = ['--address', '127.0.0.1:0', '--provisioner-daemons', '0'];

/** A coordinator for all tests of a file, with its first user `admin` logged in. */
interface Site {
  readonly url: string;
  /** Folder of the whole site. */
  readonly folder: string;
  readonly pskFile: string;
  readonly server: Running;
  /** Environment in which `admin` is logged in. */
  readonly env: Env;
  /** Runs a command as `admin`. */
  run(...args: string[]): Promise<Ran>;
  /** Starts a daemon of this site and waits until it is connected. It ends with the file. */
  startDaemon(name: string, ...args: string[]): Promise<Running>;
}

interface SiteOptions {
  firstUser?: boolean;
  /** Further arguments of the coordinator. */
  serverArgs?: readonly string[];
  serverEnv?: Env;
  /** Environment of the daemons. */
  daemonEnv?: Env;
}

/** Starts a site before the tests of a file, without built-in daemons, and ends it after them. */
export function useSite(options: SiteOptions = {}): Site {
  const folder = fileFolder();
  const pskFile = join(folder, 'psk');
  const env = { BERTH_CONFIG_DIR: join(folder, 'config') };
  const running: Running[] = [];
  const state: { server?: Running; url?: string } = {};
  beforeAll(async () => {
    writeFileSync(pskFile, `${psk}\n`, { mode: 0o600 });
    state.server = startBerth(
      ['server', '--data-dir', join(folder, 'coordinator'), ...fixedArgs, ...(options.serverArgs ?? [])],
      { BERTH_PROVISIONER_DAEMON_PSK_FILE: pskFile, ...options.serverEnv },
    );
    state.url = (await state.server.until(/ready at (http:\S+)/))[1] ?? '';
    if (options.firstUser === false) return;
    const first = ['--first-user-username', 'admin', '--first-user-email', 'admin@example.com'];
    const login = await berth(['login', state.url, ...first], { ...env, BERTH_FIRST_USER_PASSWORD: adminPassword });
    if (login.code !== 0) throw new Error(login.stderr);
  });
  afterAll(async () => {
    for (const daemon of running) await daemon.stop('SIGTERM');
    await state.server?.stop('SIGTERM');
  });
  return {
    folder,
    pskFile,
    env,
    get url() {
      return state.url ?? '';
    },
    get server() {
      if (state.server === undefined) throw new Error('the site has not been started');
      return state.server;
    },
    run: (...args) => berth(args, env),
    async startDaemon(name, ...args) {
      const dataDir = join(folder, 'daemons', name);
      const fixed = ['--url', state.url ?? '', '--psk-file', pskFile, '--name', name, '--data-dir', dataDir];
      // Templates of most tests work with files outside of their own folder.
      const place = args.includes('--sandbox') ? [] : ['--sandbox', 'none'];
      const daemon = startBerth(['provisionerd', 'start', ...fixed, ...place, ...args], options.daemonEnv);
      running.push(daemon);
      await daemon.until(/successfully connected/);
      return daemon;
    },
  };
}

/** Writes a template of one file and gives its folder. */
export function writeTemplate(parent: string, name: string, text: string): string {
  const folder = join(parent, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'main.tf'), text);
  return folder;
}
