import { readdirSync, readFileSync, readlinkSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Postgres } from '../postgres.js';
import type { Weather } from './proxy.js';
import type { Random } from './random.js';
import type { Site, SiteDaemon } from './site.js';

/** What a fault is done to, and how it is told. */
export interface Scene {
  site: Site;
  random: Random;
  postgres: Postgres | null;
  /** For how long things are away; null for random times. */
  awayMs: number | null;
}

/** One kind of fault. */
export interface Fault {
  name: string;
  /** How often it comes, against the others of its list. */
  weight: number;
  /** It may end what is making an object, which may then be left without an owner. */
  hard?: true;
  /** There may be no room for what terraform prints. */
  fillsDisk?: true;
  /** What a run must have for it. */
  needs?: 'postgres' | 'small disks';
  /** Returns once what it broke may work again, with the daemon that it was done to. */
  run(scene: Scene): Promise<SiteDaemon | null>;
}

/** Milliseconds for which something is away: mostly short, now and then longer than the hold. */
function away({ awayMs, random }: Scene): number {
  if (awayMs !== null) return awayMs;
  return random.chance(95) ? random.between(100, 3_000) : random.between(12_000, 18_000);
}

const restart = (signal: NodeJS.Signals) => async (scene: Scene) => {
  await scene.site.endCoordinator(signal);
  await delay(away(scene));
  await scene.site.startCoordinator();
  return null;
};

/** Faults of the coordinator and its database: one at a time. */
export const coordinatorFaults: readonly Fault[] = [
  { name: 'kill the coordinator', weight: 4, run: restart('SIGKILL') },
  { name: 'end the coordinator', weight: 2, run: restart('SIGTERM') },
  {
    name: 'freeze the coordinator',
    weight: 2,
    async run(scene) {
      const { coordinator } = scene.site;
      coordinator.signal('SIGSTOP');
      await delay(away(scene));
      coordinator.signal('SIGCONT');
      return null;
    },
  },
  {
    name: 'set the clock of the coordinator',
    weight: 2,
    async run({ site, random }) {
      const hours = 60 * 60 * 1000;
      writeFileSync(site.clockFile, String(random.between(-2 * hours, 2 * hours)));
      site.coordinator.signal('SIGUSR2');
      return null;
    },
  },
  {
    name: 'stop the database',
    weight: 3,
    needs: 'postgres',
    async run(scene) {
      const { postgres, random } = scene;
      if (postgres === null) return null;
      await postgres.halt(random.pick(['fast', 'immediate']));
      await delay(away(scene));
      await postgres.resume();
      return null;
    },
  },
  {
    name: 'fill the disk of the coordinator',
    weight: 2,
    needs: 'small disks',
    async run({ site, random }) {
      await fillDisk(site.coordinatorDisk, random.between(500, 4_000));
      return null;
    },
  },
  {
    name: 'cut the connections of the database',
    weight: 2,
    needs: 'postgres',
    async run({ postgres }) {
      postgres?.sql("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'faults'");
      return null;
    },
  },
];

const weather = (name: string, weight: number, make: (random: Random) => Weather): Fault => ({
  name,
  weight,
  async run(scene) {
    const daemon = pickDaemon(scene);
    daemon.proxy.weather = make(scene.random);
    await delay(away(scene));
    daemon.proxy.weather = { kind: 'fair' };
    return daemon;
  },
});

/** Faults of a daemon, its terraforms and its network. */
export const daemonFaults: readonly Fault[] = [
  weather('cut the connection', 4, () => ({ kind: 'cut' })),
  weather('open the connection by half', 3, () => ({ kind: 'half-open' })),
  weather('slow the connection', 2, random => ({ kind: 'slow', delayMs: random.between(50, 1_500) })),
  weather('double the messages', 3, () => ({ kind: 'doubled' })),
  weather('swap the messages', 3, () => ({ kind: 'swapped' })),
  weather('refuse the key', 2, () => ({ kind: 'refused' })),
  {
    name: 'kill a daemon',
    weight: 6,
    async run(scene) {
      const daemon = pickDaemon(scene);
      await scene.site.endDaemon(daemon, 'SIGKILL');
      await delay(away(scene));
      scene.site.restartDaemon(daemon);
      return daemon;
    },
  },
  {
    name: 'kill a daemon and start it with a fresh data directory',
    weight: 1,
    async run(scene) {
      const daemon = pickDaemon(scene);
      await scene.site.endDaemon(daemon, 'SIGKILL');
      scene.site.abandon(daemon);
      scene.site.restartDaemon(daemon);
      return daemon;
    },
  },
  {
    name: 'freeze a daemon',
    weight: 3,
    async run(scene) {
      const daemon = pickDaemon(scene);
      daemon.program.signal('SIGSTOP');
      await delay(away(scene));
      daemon.program.signal('SIGCONT');
      return daemon;
    },
  },
  {
    name: 'drain a daemon and start it again',
    weight: 2,
    async run(scene) {
      const daemon = pickDaemon(scene);
      await scene.site.endDaemon(daemon, 'SIGTERM');
      scene.site.restartDaemon(daemon);
      return daemon;
    },
  },
  {
    name: 'interrupt a daemon and start it again',
    weight: 1,
    async run(scene) {
      const daemon = pickDaemon(scene);
      await scene.site.endDaemon(daemon, 'SIGINT');
      scene.site.restartDaemon(daemon);
      return daemon;
    },
  },
  {
    name: 'kill a supervisor',
    weight: 3,
    async run(scene) {
      const daemon = pickDaemon(scene);
      killOne(scene, daemon, (command, dataDir) => command.includes('supervisor.sh') && command.includes(dataDir));
      return daemon;
    },
  },
  {
    name: 'kill a terraform',
    weight: 2,
    hard: true,
    async run(scene) {
      const daemon = pickDaemon(scene);
      killOne(
        scene,
        daemon,
        (command, _dataDir, cwd) => /^[^\0]*(terraform|tofu)\0/.test(command) && cwd.startsWith(daemon.dataDir),
      );
      return daemon;
    },
  },
  {
    name: 'fill the disk of a daemon',
    weight: 2,
    hard: true,
    fillsDisk: true,
    needs: 'small disks',
    async run(scene) {
      const daemon = pickDaemon(scene);
      await fillDisk(join(daemon.dataDir, '..'), scene.random.between(500, 4_000));
      return daemon;
    },
  },
];

/** Leaves no room on the disk of a folder for a while. */
async function fillDisk(folder: string, forMs: number): Promise<void> {
  const filler = join(folder, 'filler');
  const { bavail, bsize } = statfsSync(folder);
  try {
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
  } catch {
    // As full as it gets: somebody else took the last blocks.
  }
  await delay(forMs);
  rmSync(filler, { force: true });
}

function pickDaemon({ site, random }: Scene): SiteDaemon {
  return random.pick(site.daemons);
}

/** Kills a process that fits, by its command line (arguments parted by NUL) and working directory. */
function killOne(
  { random }: Scene,
  daemon: SiteDaemon,
  fits: (command: string, dataDir: string, cwd: string) => boolean,
): void {
  const found = readdirSync('/proc').filter(pid => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const cwd = readlinkSync(`/proc/${pid}/cwd`);
      return fits(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), `${daemon.dataDir}/`, cwd);
    } catch {
      // It ended meanwhile.
      return false;
    }
  });
  if (found.length === 0) return;
  try {
    process.kill(Number(random.pick(found)), 'SIGKILL');
  } catch (error) {
    // It ended in between.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
