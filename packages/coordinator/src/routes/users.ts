import { BerthError, userRoutes } from '@berth/protocol';
import type { UserRecord } from '@berth/store';
import { audit } from '../access/audit.js';
import { authorize } from '../access/authorize.js';
import { LoginLimit } from '../access/loginLimit.js';
import { Passwords } from '../access/passwords.js';
import { newToken } from '../access/secretTokens.js';
import type { Core } from '../core.js';
import { endDaemonsOfToken } from '../daemons/endDaemonsOfToken.js';
import { anybody, asUser, type Endpoint } from '../http/endpoint.js';
import { userView } from '../views/accounts.js';
import { pageView } from '../views/page.js';

/** How long a login lasts. */
const sessionMs = 30 * 24 * 60 * 60_000;

/** The first user, logins, and who there is. */
export function userEndpoints({ store, live, clock }: Pick<Core, 'store' | 'live' | 'clock'>): Endpoint[] {
  const passwords = new Passwords();
  const loginLimit = new LoginLimit(clock);
  const site = { kind: 'site', organization: null };

  async function startSession(user: UserRecord) {
    const { token, hash } = newToken('session');
    const issued = await store.tokens.issue({
      userId: user.id,
      kind: 'session',
      name: 'login',
      hash,
      lifetimeMs: sessionMs,
    });
    return { token, expiresAt: issued.expiresAt, user: userView(user) };
  }

  /** Null when name or password is wrong. */
  async function verified(login: string, password: string): Promise<UserRecord | null> {
    const found = await store.users.byLogin(login);
    const right = await passwords.verify(found?.passwordHash ?? null, password);
    return right && found !== null ? found.user : null;
  }

  return [
    anybody(userRoutes.createFirstUser, async ({ body: { username, email, password } }) => {
      // Before the costly hash: anybody may call this.
      if (await store.users.anyExists()) throw new BerthError('first_user_exists', 'the first user exists already');
      const user = await store.users.createFirst({ username, email, passwordHash: await passwords.hash(password) });
      await store.audit.record({
        actorId: user.id,
        action: 'user.create',
        target: { kind: 'user', id: user.id, name: user.username },
        organizationId: null,
        details: { role: 'owner' },
      });
      return startSession(user);
    }),

    anybody(userRoutes.login, async ({ body: { login, password }, request }) => {
      const attempt = loginLimit.begin(request.ip, login);
      const user = await verified(login, password).catch(error => {
        attempt.notJudged();
        throw error;
      });
      if (user === null) throw new BerthError('invalid_credentials', 'the name or the password is wrong');
      attempt.succeeded();
      return startSession(user);
    }),

    asUser(userRoutes.logout, async ({ actor }) => {
      await store.tokens.revoke(actor.user.id, actor.token.id);
      await endDaemonsOfToken(live, actor.token.id);
      return {};
    }),

    asUser(userRoutes.me, async ({ actor }) => userView(actor.user)),

    asUser(userRoutes.createUser, async ({ actor, body: { username, email, password, role } }) => {
      authorize(actor, role === 'owner' ? 'user.create_owner' : 'user.create', site);
      const passwordHash = await passwords.hash(password);
      const user = await store.users.create({ username, email, passwordHash, role });
      await audit(store, actor, 'user.create', { kind: 'user', id: user.id, name: user.username }, null, { role });
      return userView(user);
    }),

    asUser(userRoutes.listUsers, async ({ actor, query }) => {
      authorize(actor, 'user.list', site);
      return pageView(await store.users.list(query), userView);
    }),
  ];
}
