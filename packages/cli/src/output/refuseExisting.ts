import { existsSync } from 'node:fs';
import { BerthError } from '@berth/protocol';

/** Throws BerthError `invalid_request` when there is such a file. */
export function refuseExisting(file: string): void {
  if (existsSync(file))
    throw new BerthError('invalid_request', `${file} is there already`, { hint: 'Name a new file.' });
}
