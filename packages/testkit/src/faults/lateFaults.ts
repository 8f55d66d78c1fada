import type { Fault } from './faults.js';
import { pickDaemon } from './pick.js';
import { awaitBuild, awaitRest, awaitSecondAttempt, latestJobs, releaseBuilds } from './release.js';

/** A daemon that speaks for what others have since. They take a lease, or several offers: only when they are asked for. */
export const lateFaults: readonly Fault[] = [
  {
    name: 'freeze a daemon and release its builds',
    weight: 0,
    async run({ site, ...scene }) {
      const { client, daemons } = site;
      const holdStates = (holds: boolean) => {
        for (const { proxy } of daemons) proxy.holdsStates = holds;
      };
      const before = await latestJobs(client);
      // The later build begins with the state that the build began with, which makes as much of it as the build did: their
      // states have the same serial, so that nothing but the order of the builds tells them apart.
      holdStates(true);
      const name = await awaitBuild(client, before);
      const daemon = daemons.find(one => one.name === name) ?? pickDaemon({ site, ...scene });
      daemon.program.signal('SIGSTOP');
      holdStates(false);
      await releaseBuilds(client, daemon.name);
      daemon.program.signal('SIGCONT');
      return daemon;
    },
  },
  {
    name: 'freeze a daemon until it is offered a build again',
    weight: 0,
    async run(scene) {
      const daemon = pickDaemon(scene);
      const { client } = scene.site;
      await awaitRest(client);
      daemon.program.signal('SIGSTOP');
      await awaitSecondAttempt(client);
      daemon.program.signal('SIGCONT');
      return daemon;
    },
  },
];
