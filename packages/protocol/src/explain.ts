import { z } from 'zod';
import { type DaemonCapabilities, type JobRequirements, type Mismatch, mismatches } from './matching.js';

export const waitingReason = z.enum([
  'no_daemon_matches',
  'engine_mismatch',
  'all_busy',
  'all_offline',
  'draining',
  'version_mismatch',
  'workspace_held',
  'provider_not_ready',
  'quota',
  'offer_pending',
]);
export type WaitingReason = z.infer<typeof waitingReason>;

/** Why a job waits: shown by the API, the CLI and the page alike. */
export const waiting = z.object({
  reason: waitingReason,
  /** One sentence for people. */
  message: z.string(),
  /** The daemon that lacks least, and what it lacks, when none matches. */
  nearest: z.object({ daemon: z.string(), lacks: z.array(z.string()) }).nullable(),
  /** 1 for the job that the next free matching slot takes. */
  position: z.number().int(),
});
export type Waiting = z.infer<typeof waiting>;

/** A daemon as the explanation looks at it. */
export interface FleetDaemon extends DaemonCapabilities {
  name: string;
  connected: boolean;
  draining: boolean;
  freeSlots: number;
  /** The coordinator no longer gives it work: its protocol is too old. */
  outdated: boolean;
}

/** What the explanation must know of the job beside its requirements. */
export interface WaitingJob extends JobRequirements {
  /** Name of the daemon that was offered the job and has not accepted yet. */
  offeredTo: string | null;
  position: number;
}

/** Says why a pending job has not started, given the whole fleet of its organization. */
export function explainWaiting(job: WaitingJob, fleet: readonly FleetDaemon[]): Waiting {
  const say = (reason: WaitingReason, message: string, nearest: Waiting['nearest'] = null): Waiting => {
    return { reason, message, nearest, position: job.position };
  };
  if (job.offeredTo !== null)
    return say('offer_pending', `offered to daemon ${job.offeredTo}, which has not answered yet`);

  const looked = fleet.map(daemon => ({ daemon, lacks: mismatches(job, daemon) }));
  const matching = looked.filter(({ lacks }) => lacks.length === 0).map(({ daemon }) => daemon);
  if (matching.length === 0) return nobody(job, looked, say);

  const names = (daemons: FleetDaemon[]) => daemons.map(daemon => daemon.name).join(', ');
  const connected = matching.filter(daemon => daemon.connected);
  if (connected.length === 0) return say('all_offline', `every matching daemon is offline: ${names(matching)}`);
  const current = connected.filter(daemon => !daemon.outdated);
  if (current.length === 0) return say('version_mismatch', `every matching daemon is too old: ${names(connected)}`);
  const working = current.filter(daemon => !daemon.draining);
  if (working.length === 0) return say('draining', `every matching daemon is draining: ${names(current)}`);
  return say('all_busy', `every slot of the matching daemons is busy: ${names(working)}`);
}

type Looked = { daemon: FleetDaemon; lacks: Mismatch[] };

function nobody(
  job: WaitingJob,
  looked: Looked[],
  say: (reason: WaitingReason, message: string, nearest?: Waiting['nearest']) => Waiting,
): Waiting {
  const near = nearestOf(looked);
  if (near === undefined) return say('no_daemon_matches', 'no daemon has ever connected to this organization');
  const nearest = { daemon: near.daemon.name, lacks: near.lacks.map(describeMismatch) };
  const lacks = nearest.lacks.join(', ');
  if (near.lacks.every(isEngine)) {
    const wanted = job.engine ?? 'engine';
    return say(
      'engine_mismatch',
      `no matching daemon has the ${wanted} it needs; nearest is ${nearest.daemon}: ${lacks}`,
      nearest,
    );
  }
  return say('no_daemon_matches', `no daemon matches its tags; nearest is ${nearest.daemon}: ${lacks}`, nearest);
}

/** The one that lacks least; connected daemons before others. */
function nearestOf(looked: Looked[]): Looked | undefined {
  const weight = ({ daemon, lacks }: Looked) =>
    lacks.reduce((sum, lack) => sum + (isEngine(lack) ? 1 : 10), daemon.connected ? 0 : 1);
  return looked
    .filter(({ lacks }) => !lacks.some(lack => lack.kind === 'organization' || lack.kind === 'provider'))
    .sort((a, b) => weight(a) - weight(b))[0];
}

function isEngine(lack: Mismatch): boolean {
  return lack.kind === 'engine' || lack.kind === 'engine_version';
}

function describeMismatch(lack: Mismatch): string {
  switch (lack.kind) {
    case 'organization':
      return 'belongs to another organization';
    case 'provider':
      return 'serves another workspace provider';
    case 'engine':
      return `has ${lack.has}, not ${lack.wanted}`;
    case 'engine_version':
      return `has version ${lack.has}, older than ${lack.wanted}`;
    case 'tag':
      return lack.has === null ? `lacks ${lack.key}=${lack.wanted}` : `has ${lack.key}=${lack.has}, not ${lack.wanted}`;
    case 'tagged_daemon':
      return 'has tags, and a job without tags runs only on a daemon without tags';
  }
}
