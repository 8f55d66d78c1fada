import { BerthError, checkHold, timings as defaults } from '@berth/protocol';
import type { CoordinatorOptions, PreSharedKey } from './options.js';

/** Intervals that tests shorten and operators may set, in milliseconds. */
export interface Timings {
  heartbeatMs: number;
  leaseMs: number;
  offerMs: number;
  holdMs: number;
  lostAfterMs: number;
  cancelGraceMs: number;
  /** Mean of the jittered interval at which idle slots look for work. */
  claimPollMs: number;
  reapMs: number;
  /** How often a daemon's connection is asked for a sign of life; one that gives none in this time is cut. */
  pingMs: number;
  /** How long a new connection has to say hello, and an old one to answer when another claims its name. */
  helloMs: number;
  /** Between the comments that keep an event stream open through proxies. */
  eventHeartbeatMs: number;
  /** How long requests in progress may go on when the coordinator stops. */
  drainMs: number;
  /** First wait before a built-in child that died is started again; doubled each time, up to 60 times as long. */
  restartMs: number;
}

/** The checked form of the options. */
export interface Settings {
  host: string;
  port: number;
  /** Null: the address that it listens on. */
  accessUrl: string | null;
  psks: readonly PreSharedKey[];
  provisionerDaemons: number;
  timings: Timings;
}

/** Checks the options. Throws BerthError `invalid_request`, naming what is wrong. */
export function readSettings(options: CoordinatorOptions): Settings {
  const timings: Timings = {
    heartbeatMs: defaults.heartbeatMs,
    leaseMs: defaults.leaseMs,
    offerMs: defaults.offerMs,
    holdMs: defaults.holdMs,
    lostAfterMs: defaults.lostAfterMs,
    cancelGraceMs: defaults.cancelGraceMs,
    claimPollMs: defaults.claimPollMs,
    reapMs: defaults.reapMs,
    pingMs: 15_000,
    helloMs: 5_000,
    eventHeartbeatMs: 15_000,
    drainMs: 5_000,
    restartMs: 500,
    ...options.timings,
  };
  checkHold(timings);
  const provisionerDaemons = options.provisionerDaemons ?? 0;
  if (!Number.isInteger(provisionerDaemons) || provisionerDaemons < 0 || provisionerDaemons > 1000) {
    throw new BerthError('invalid_request', `${provisionerDaemons} is not a number of built-in daemons`, {
      hint: 'Give 0 to 1000.',
    });
  }
  if (provisionerDaemons > 0 && options.startBuiltIn === undefined) {
    throw new BerthError('invalid_request', 'nothing was given that starts built-in daemons');
  }
  return {
    ...readAddress(options.address),
    accessUrl: options.accessUrl === undefined ? null : readAccessUrl(options.accessUrl),
    psks: checkKeys(options.psks ?? []),
    provisionerDaemons,
    timings,
  };
}

/** Reads `HOST:PORT`. A host left out means every address of the machine. */
function readAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s]*)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new BerthError('invalid_request', `'${address}' is not an address to listen on`, {
      hint: 'Write HOST:PORT, such as 127.0.0.1:7400 or [::1]:7400.',
    });
  }
  return { host: match[1] ?? (match[2] || '0.0.0.0'), port };
}

function readAccessUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.search !== '' || url.hash !== '') {
    throw new BerthError('invalid_request', `'${text}' is not an access URL`, {
      hint: 'Write http://HOST[:PORT] or https://HOST[:PORT].',
    });
  }
  return text.replace(/\/+$/, '');
}

function checkKeys(psks: readonly PreSharedKey[]): readonly PreSharedKey[] {
  const empty = psks.find(psk => psk.secret.length === 0);
  if (empty !== undefined) {
    throw new BerthError('invalid_request', `the pre-shared key '${empty.name}' is empty`, {
      hint: 'Anybody could connect daemons with it. Use 32 random characters or more.',
    });
  }
  return psks;
}
