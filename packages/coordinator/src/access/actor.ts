import type { AttemptRecord, TokenRecord, UserRecord } from '@berth/store';

/** A user, and the session or API token that they came with. */
export interface UserActor {
  kind: 'user';
  user: UserRecord;
  token: TokenRecord;
}

/** A daemon that came with a pre-shared key. It may serve jobs and nothing else. */
export interface KeyActor {
  kind: 'key';
  /** Name of the key. */
  name: string;
  /** Ids or names of the organizations that it may serve; null for all. */
  organizations: readonly string[] | null;
  /** The key that only the child process of the built-in daemons has. */
  builtIn: boolean;
}

/** A daemon on behalf of one attempt. */
export interface AttemptActor {
  kind: 'attempt';
  attempt: AttemptRecord;
}
