import { setTimeout as delay } from 'node:timers/promises';
import { away, type Fault } from './faults.js';
import { killWhileWriting } from './killWhileWriting.js';
import { pickBusy, pickDaemon } from './pick.js';

/** Faults of states, on the disk of a daemon and on their way from it. */
export const stateFaults: readonly Fault[] = [
  {
    name: 'damage a state on its way',
    weight: 2,
    async run(scene) {
      const daemon = pickDaemon(scene);
      daemon.proxy.damageStates(1);
      await delay(away(scene));
      return daemon;
    },
  },
  {
    name: 'damage all states on their way',
    weight: 1,
    async run(scene) {
      const daemon = pickDaemon(scene);
      daemon.proxy.damageStates(Number.POSITIVE_INFINITY);
      await delay(away(scene));
      daemon.proxy.damageStates(0);
      return daemon;
    },
  },
  {
    name: 'kill terraforms until one leaves a state that is cut',
    weight: 2,
    hard: true,
    async run(scene) {
      const daemon = await pickBusy(scene);
      await killWhileWriting(daemon, away(scene));
      return daemon;
    },
  },
];
