import { Topic } from './topic.js';

/** What changes, told within this process. Several coordinators on one database would feed it from each other's notices. */
export class Changes {
  /** By job id: its facts or its log. */
  readonly jobs = new Topic();
  /** By organization id: its daemons or its queue, and so why its jobs wait. */
  readonly waiting = new Topic();
}
