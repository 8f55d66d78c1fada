/**
 * Loaded into a program under test by `node --import`: SIGUSR2 makes it read how many milliseconds its clock is wrong from
 * the file that BERTH_FAULTS_CLOCK names. The monotonic clock, which timers go by, stays right.
 */
import { readFileSync } from 'node:fs';

const file = process.env.BERTH_FAULTS_CLOCK ?? '';
delete process.env.BERTH_FAULTS_CLOCK;
const rightNow = Date.now;
const RightDate = Date;
let offsetMs = 0;

const read = () => {
  offsetMs = Number(readFileSync(file, 'utf8'));
};
read();
process.on('SIGUSR2', read);

globalThis.Date = new Proxy(RightDate, {
  construct(target, args: [], newTarget) {
    return args.length === 0
      ? new RightDate(rightNow() + offsetMs)
      : Reflect.construct(target, args, newTarget === globalThis.Date ? target : newTarget);
  },
  get(target, key, receiver) {
    return key === 'now' ? () => rightNow() + offsetMs : Reflect.get(target, key, receiver);
  },
});
