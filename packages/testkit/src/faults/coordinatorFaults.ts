import { setTimeout as delay } from 'node:timers/promises';
import { away, type Fault, type Scene } from './faults.js';
import { fillDisk } from './fillDisk.js';

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
      site.setClock(random.between(-2 * hours, 2 * hours));
      return null;
    },
  },
  {
    name: 'stop the database',
    weight: 3,
    needs: 'own server',
    async run(scene) {
      const { database, random } = scene;
      await database?.server?.halt(random.pick(['fast', 'immediate']));
      await delay(away(scene));
      await database?.server?.resume();
      return null;
    },
  },
  {
    name: 'fill the disk of the coordinator',
    weight: 2,
    needs: 'small disks',
    async run({ site, random }) {
      await fillDisk(site.coordinatorDisk, random.between(500, 4_000), 0);
      return null;
    },
  },
  {
    name: 'cut the connections of the database',
    weight: 2,
    needs: 'postgres',
    async run({ database }) {
      await database?.cut();
      return null;
    },
  },
  {
    name: 'make the database read-only',
    weight: 2,
    needs: 'postgres',
    async run(scene) {
      await scene.database?.setReadOnly(true);
      await delay(away(scene));
      await scene.database?.setReadOnly(false);
      return null;
    },
  },
  {
    name: 'leave the database too few connections',
    weight: 2,
    needs: 'ordinary user',
    async run(scene) {
      await scene.database?.limitConnections(scene.random.between(0, 2));
      await delay(away(scene));
      await scene.database?.limitConnections(null);
      return null;
    },
  },
];
