import { Flags } from '@oclif/core';
import { fileOf, setting } from '../settings/setting.js';

/** Where a coordinator keeps what it knows. */
export const storeFlags = {
  'data-dir': setting(
    { env: 'BERTH_DATA_DIR' },
    Flags.string({
      summary: 'Folder of the database and of the built-in daemons; else berth/coordinator in the user data folder',
      helpValue: 'DIR',
    }),
  ),
  'database-url': setting(
    { env: 'BERTH_DATABASE_URL', secret: true },
    Flags.string({
      summary: 'Postgres in place of the database in the folder: postgres://USER:PASSWORD@HOST/DATABASE',
      helpValue: 'URL',
    }),
  ),
  'database-url-file': fileOf('database-url'),
  'encryption-key': setting(
    { env: 'BERTH_ENCRYPTION_KEY', secret: true },
    Flags.string({
      summary:
        "Key of 32 bytes in base64 or hex that states and secrets are encrypted with; several, the new one first, with commas between. Needed with --database-url; else the folder's own encryption.key",
      helpValue: 'KEY',
    }),
  ),
  // A setting of its own: the file may also hold bytes that are no text.
  'encryption-key-file': setting(
    { env: 'BERTH_ENCRYPTION_KEY_FILE' },
    Flags.string({
      summary: 'File with the value of --encryption-key, or with the 32 bytes themselves',
      helpValue: 'FILE',
    }),
  ),
};
