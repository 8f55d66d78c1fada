import { BerthError, checkHold, type Placement } from '@berth/protocol';
import type { CoordinatorOptions, PreSharedKey } from './options.js';
import { defaultTimings, type Timings } from './timings.js';

/** The checked form of the options. */
export interface Settings {
  dataDir: string;
  host: string;
  port: number;
  /** Null: the address that it listens on. */
  accessUrl: string | null;
  psks: readonly PreSharedKey[];
  provisionerDaemons: number;
  maxPendingMs: number | null;
  stateBuilds: number | null;
  /** Of the workspace provider `built-in`, which is the only one. */
  placement: Placement;
  timings: Timings;
}

/** Checks the options. Throws BerthError `invalid_request`, naming what is wrong. */
export function readSettings(options: CoordinatorOptions): Settings {
  const timings: Timings = { ...defaultTimings, ...options.timings };
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
    dataDir: options.dataDir,
    ...readAddress(options.address),
    accessUrl: options.accessUrl === undefined ? null : readAccessUrl(options.accessUrl),
    psks: checkKeys(options.psks ?? []),
    provisionerDaemons,
    maxPendingMs: positive(options.maxPendingMs, 'the longest wait of a job'),
    stateBuilds: positive(options.stateBuilds, 'the number of builds whose states are kept'),
    placement: options.placement ?? {},
    timings,
  };
}

function positive(value: number | undefined, what: string): number | null {
  if (value === undefined) return null;
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new BerthError('invalid_request', `${what} cannot be ${value}`);
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

/** What a header carries unchanged: visible ASCII, and spaces inside. */
const headerText = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

function checkKeys(psks: readonly PreSharedKey[]): readonly PreSharedKey[] {
  const unfit = psks.find(({ secret }) => !headerText.test(secret));
  if (unfit === undefined) return psks;
  const problem = unfit.secret === '' ? 'is empty' : 'has characters that cannot be sent in a header';
  throw new BerthError('invalid_request', `the pre-shared key '${unfit.name}' ${problem}`, {
    hint: 'Use 32 random characters or more, letters and digits say.',
  });
}
