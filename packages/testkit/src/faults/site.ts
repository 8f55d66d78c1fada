import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type Client, createClient } from '@berth/client';
import { routes } from '@berth/protocol';
import { freePort } from '../postgres.js';
import { enginesOf, kill, supervisorsOf } from './processes.js';
import { Program } from './program.js';
import { FaultyProxy } from './proxy.js';

const program = resolve(import.meta.dirname, '../../../../bin/run.js');
const clockOffset = resolve(import.meta.dirname, 'clockOffset.js');
const guardsOff = resolve(import.meta.dirname, 'guardsOff.js');

/** Short, so that a run meets its end. */
const graceSeconds = 3;

/** Longest that a program may take to be ready on a busy machine. */
const READY_MS = 60_000;

/** A daemon, the proxy that it connects through, and what it keeps on disk. */
export interface SiteDaemon {
  readonly name: string;
  dataDir: string;
  program: Program;
  readonly proxy: FaultyProxy;
  /** A fault keeps it ended for now. */
  down: boolean;
}

interface SiteOptions {
  daemons: number;
  /** Slots of each. */
  maxJobs: number;
  /** Null for SQLite. */
  databaseUrl: string | null;
  holdSeconds: number;
  /** Guards that are switched off in every program. */
  guardsOff: readonly string[];
}

/** A coordinator and some daemons as programs of their own, which may be ended and started again at any time. */
export class Site {
  readonly daemons: SiteDaemon[] = [];
  readonly #port: number;
  readonly #psk: string;
  #coordinator: Program | null = null;
  #coordinatorDown = false;
  #stopped: Promise<void> | null = null;
  readonly #abandoned: { daemon: SiteDaemon; dataDir: string }[] = [];
  #client: Client;
  #token = '';

  private constructor(
    readonly folder: string,
    port: number,
    private readonly options: SiteOptions,
  ) {
    this.#port = port;
    this.#psk = join(folder, 'psk');
    this.#client = createClient({ url: this.url });
    writeFileSync(this.#psk, randomBytes(24).toString('hex'), { mode: 0o600 });
    writeFileSync(this.#clockFile, '0');
    process.on('exit', this.#killWork);
    if (options.databaseUrl !== null) writeFileSync(this.#keyFile, randomBytes(32), { mode: 0o600 });
  }

  /** Starts a coordinator, with a first user logged in, and the daemons. */
  static async start(folder: string, options: SiteOptions): Promise<Site> {
    const site = new Site(folder, await freePort(), options);
    await site.startCoordinator();
    const first = { username: 'faults', email: 'faults@example.com', password: randomBytes(12).toString('hex') };
    const { token } = await site.#client.call(routes.createFirstUser, { body: first });
    site.#token = token;
    site.#client = createClient({ url: site.url, token, timeoutMs: 10_000 });
    for (let number = 1; number <= options.daemons; number++)
      await site.addDaemon(`d${number}`, join(folder, `d${number}`, 'data'));
    return site;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get client(): Client {
    return this.#client;
  }

  /** Environment in which its first user is logged in. */
  get environment(): Record<string, string> {
    return this.#environment({ BERTH_URL: this.url, BERTH_SESSION_TOKEN: this.#token });
  }

  /** Sets the clock of the coordinator wrong by so many milliseconds. */
  setClock(offsetMs: number): void {
    writeFileSync(this.#clockFile, String(offsetMs));
    this.coordinator.signal('SIGUSR2');
  }

  get #clockFile(): string {
    return join(this.folder, 'clock');
  }

  get #guardsOff(): string[] {
    const url = pathToFileURL(guardsOff);
    for (const guard of this.options.guardsOff) url.searchParams.append('guard', guard);
    return url.search === '' ? [] : ['--import', url.href];
  }

  /** Folder whose disk is the coordinator's alone. */
  get coordinatorDisk(): string {
    return join(this.folder, 'coordinator');
  }

  /** Looks at everything in the database, once the coordinator has ended; gives what is wrong with it, or null. */
  async checkDatabase(): Promise<string | null> {
    const args = [program, 'server', 'check', ...this.#where];
    try {
      await promisify(execFile)(process.execPath, args, { env: this.#environment(this.#database) });
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  get #where(): string[] {
    const folder = ['--data-dir', join(this.coordinatorDisk, 'data')];
    return this.options.databaseUrl === null ? folder : ['--encryption-key-file', this.#keyFile, ...folder];
  }

  get #database(): Record<string, string> {
    return this.options.databaseUrl === null ? {} : { BERTH_DATABASE_URL: this.options.databaseUrl };
  }

  get #keyFile(): string {
    return join(this.folder, 'encryption.key');
  }

  get coordinator(): Program {
    if (this.#coordinator === null) throw new Error('the coordinator has not been started');
    return this.#coordinator;
  }

  /** Starts the coordinator on the data of the one before. */
  async startCoordinator(): Promise<void> {
    this.#coordinatorDown = false;
    // The least that the coordinator accepts with the others.
    const { holdSeconds } = this.options;
    const lostAfterSeconds = holdSeconds + graceSeconds + 90;
    this.#coordinator = new Program({
      args: [
        ...[
          ...this.#guardsOff,
          '--import',
          clockOffset,
          program,
          'server',
          ...this.#where,
          '--address',
          `127.0.0.1:${this.#port}`,
        ],
        ...['--provisioner-daemons', '0', '--provisioner-daemon-psk-file', this.#psk],
        ...['--hold', `${holdSeconds}s`, '--cancel-grace', `${graceSeconds}s`, '--lost-after', `${lostAfterSeconds}s`],
      ],
      env: this.#environment({ BERTH_FAULTS_CLOCK: this.#clockFile, ...this.#database }),
      log: join(this.folder, 'coordinator.log'),
      ready: /ready at/,
    });
    // With the database away it starts by itself once that is back, or ends and is started again by whoever looks after it.
    await this.#coordinator.ready(READY_MS);
  }

  /** Starts a daemon that connects through a proxy of its own. */
  async addDaemon(name: string, dataDir: string): Promise<SiteDaemon> {
    const proxy = new FaultyProxy(() => this.#port);
    await proxy.listen();
    mkdirSync(dataDir, { recursive: true });
    const daemon = { name, dataDir, proxy, program: this.#startDaemon(name, dataDir, proxy), down: false };
    this.daemons.push(daemon);
    return daemon;
  }

  /** Ends a daemon, and lets it be so until it is started again. */
  async endDaemon(daemon: SiteDaemon, signal: NodeJS.Signals): Promise<void> {
    daemon.down = true;
    await daemon.program.end(signal);
  }

  /** Starts an ended daemon again, on its data directory. */
  restartDaemon(daemon: SiteDaemon): void {
    daemon.down = false;
    if (!daemon.program.running) daemon.program = this.#startDaemon(daemon.name, daemon.dataDir, daemon.proxy);
  }

  /** Gives an ended daemon a fresh data directory. What the old one holds is not forgotten: see {@link recover}. */
  abandon(daemon: SiteDaemon): void {
    this.#abandoned.push({ daemon, dataDir: daemon.dataDir });
    daemon.dataDir = `${daemon.dataDir}+`;
  }

  /** Whether a data directory with attempts in it waits for {@link recover}. */
  get hasLeftBehind(): boolean {
    return this.#abandoned.some(({ dataDir }) => {
      const attempts = join(dataDir, 'attempts');
      return existsSync(attempts) && readdirSync(attempts).length > 0;
    });
  }

  /** Everything works again, and each daemon comes back once on each data directory that was left behind. */
  async recover(): Promise<void> {
    for (const daemon of this.daemons) {
      daemon.proxy.weather = { kind: 'fair' };
      daemon.down = false;
      daemon.program.signal('SIGCONT');
    }
    this.coordinator.signal('SIGCONT');
    for (const { daemon, dataDir } of this.#abandoned.splice(0)) {
      // It ends what it has, and what it finds there the next time.
      await this.endDaemon(daemon, 'SIGTERM');
      daemon.dataDir = dataDir;
      this.restartDaemon(daemon);
      await daemon.program.ready(READY_MS);
    }
  }

  /** Ends the coordinator, and lets it be so until it is started again. */
  async endCoordinator(signal: NodeJS.Signals): Promise<void> {
    this.#coordinatorDown = true;
    await this.coordinator.end(signal);
  }

  /**
   * Starts again what ended by itself, as an operator's service manager does: a daemon whose key was refused, a
   * coordinator that found no database.
   */
  async lookAfter(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await delay(1_000);
      for (const daemon of this.daemons) if (!daemon.down) this.restartDaemon(daemon);
      if (!this.#coordinatorDown && !this.coordinator.running) await this.startCoordinator();
    }
  }

  /** Ends everything in order; twice is fine. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Ends everything at once, with what the daemons have at work. */
  async kill(): Promise<void> {
    for (const daemon of this.daemons) daemon.down = true;
    this.#coordinatorDown = true;
    await Promise.all(this.daemons.map(daemon => daemon.program.end('SIGKILL')));
    await this.#coordinator?.end('SIGKILL');
    this.#killWork();
    await Promise.all(this.daemons.map(daemon => daemon.proxy.close()));
    process.off('exit', this.#killWork);
  }

  /** What daemons have at work outlives them. */
  readonly #killWork = () => {
    for (const { dataDir } of [...this.daemons, ...this.#abandoned]) {
      kill(supervisorsOf(dataDir));
      kill(enginesOf(dataDir));
    }
  };

  async #stop(): Promise<void> {
    await Promise.all(this.daemons.map(daemon => daemon.program.end('SIGTERM')));
    await this.#coordinator?.end('SIGTERM');
    await Promise.all(this.daemons.map(daemon => daemon.proxy.close()));
    process.off('exit', this.#killWork);
  }

  #startDaemon(name: string, dataDir: string, proxy: FaultyProxy): Program {
    return new Program({
      args: [
        ...[...this.#guardsOff, program, 'provisionerd', 'start', '--url', proxy.url, '--psk-file', this.#psk],
        ...['--name', name, '--data-dir', dataDir, '--max-jobs', String(this.options.maxJobs)],
      ],
      // The templates make what is judged outside of their own folders.
      env: this.#environment({
        BERTH_SANDBOX: process.env.BERTH_SANDBOX ?? 'none',
        BERTH_SANDBOX_WRITABLE: join(this.folder, 'effects'),
      }),
      log: join(this.folder, `${name}.log`),
      ready: /successfully connected/,
    });
  }

  #environment(more: Record<string, string> = {}): Record<string, string> {
    return { PATH: process.env.PATH ?? '', HOME: this.folder, BERTH_CONFIG_DIR: join(this.folder, 'config'), ...more };
  }
}
