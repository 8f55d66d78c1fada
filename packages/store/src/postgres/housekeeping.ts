import { BerthError } from '@berth/protocol';
import type { Housekeeping } from '../sql/housekeeping.js';

/** What there is to do for a database on a server: little, since the server does it. */
export const postgresHousekeeping: Housekeeping = {
  // References are checked by the server at each write, and its pages by their checksums at each read.
  structure: async () => [],
  backup: async () => {
    throw new BerthError('invalid_request', 'the database is on Postgres, which has a tool of its own for backups', {
      hint: "Use 'pg_dump --format=custom', and keep the encryption key with it.",
    });
  },
  keysRotated: () => undefined,
  closed: () => undefined,
};
