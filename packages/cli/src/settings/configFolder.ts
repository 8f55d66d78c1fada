import { homedir } from 'node:os';
import { join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** Folder of the saved login: `BERTH_CONFIG_DIR`, else `berth` in the user's configuration folder. */
export function configFolder(env: Env = process.env): string {
  if (env.BERTH_CONFIG_DIR) return env.BERTH_CONFIG_DIR;
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'berth');
}

/** Folder for what coordinators and daemons keep unless `--data-dir` says otherwise. */
export function dataFolder(env: Env = process.env): string {
  return join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'berth');
}
