import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A new name for a backup that stands in the data directory until it has been sent. */
export function passingBackup(dataDir: string): string {
  return join(dataDir, `backup-${randomUUID()}.sqlite`);
}

/** Removes what a coordinator left that was killed while it made or sent a backup: each is as large as the database. */
export function removePassingBackups(dataDir: string): void {
  const left = readdirSync(dataDir).filter(name => /^backup-[0-9a-f-]{36}\.sqlite(\.part)?$/.test(name));
  for (const name of left) rmSync(join(dataDir, name), { force: true });
}
