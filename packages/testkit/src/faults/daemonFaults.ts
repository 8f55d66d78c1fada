import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { away, type Fault, type Scene } from './faults.js';
import { fillDisk } from './fillDisk.js';
import { lateFaults } from './lateFaults.js';
import { oneOf, pickBusy, pickDaemon } from './pick.js';
import { enginesOf, kill, supervisorsOf } from './processes.js';
import type { Weather } from './proxy.js';
import type { Random } from './random.js';
import type { SiteDaemon } from './site.js';
import { stateFaults } from './stateFaults.js';

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

/** What finds a little room is cut, and not just empty. */
const filling = (name: string, leftBytes: number): Fault => ({
  name,
  weight: 1,
  hard: true,
  fillsDisk: true,
  needs: 'small disks',
  async run(scene) {
    const daemon = await pickBusy(scene);
    await fillDisk(join(daemon.dataDir, '..'), scene.random.between(500, 4_000), leftBytes);
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
      const daemon = await pickBusy(scene);
      await killFor(scene, daemon);
      return daemon;
    },
  },
  {
    name: 'kill a daemon after all its supervisors',
    weight: 1,
    async run(scene) {
      const daemon = await pickBusy(scene);
      kill(supervisorsOf(daemon.dataDir));
      // It looks after them every two seconds.
      await delay(scene.random.between(2_500, 4_000));
      await killFor(scene, daemon);
      return daemon;
    },
  },
  {
    name: 'kill a daemon and start it with a fresh data directory',
    weight: 1,
    // The workspaces of what is left behind are held until the faults are over: soon there would be no others.
    mayHappen: ({ site }) => !site.hasLeftBehind,
    async run(scene) {
      const daemon = await pickBusy(scene);
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
      const daemon = await pickBusy(scene);
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
      const daemon = await pickBusy(scene);
      kill(oneOf(scene, supervisorsOf(daemon.dataDir)));
      return daemon;
    },
  },
  {
    name: 'kill a terraform',
    weight: 2,
    hard: true,
    async run(scene) {
      const daemon = await pickBusy(scene);
      kill(oneOf(scene, enginesOf(daemon.dataDir)));
      return daemon;
    },
  },
  filling('fill the disk of a daemon', 0),
  filling('fill the disk of a daemon but for a little', 65_536),
  ...stateFaults,
  ...lateFaults,
];

/** What a terraform of the counted template needs at most to end by the first interrupt, on a busy machine. */
const INTERRUPT_MS = 8_000;

/** Kills a daemon and starts it again. What it leaves at work may be so for the hold, and no longer. */
async function killFor(scene: Scene, daemon: SiteDaemon): Promise<void> {
  const { holdMs, found, site } = scene;
  await site.endDaemon(daemon, 'SIGKILL');
  const left = enginesOf(daemon.dataDir);
  const goneMs = away(scene);
  await delay(goneMs);
  if (goneMs > holdMs + INTERRUPT_MS) {
    for (const { pid, start } of enginesOf(daemon.dataDir)) {
      if (!left.some(one => one.pid === pid && one.start === start)) continue;
      const text = `terraform ${pid} of ${daemon.name} works on, ${goneMs / 1000} s after the end of its daemon`;
      found({ kind: 'overlapped', workspace: 'any', build: null, text });
    }
  }
  site.restartDaemon(daemon);
}
