import { BerthError, userRoutes } from '@berth/protocol';
import { audit } from '../access/audit.js';
import { newToken } from '../access/secretTokens.js';
import type { Core } from '../core.js';
import { endDaemonsOfToken } from '../daemons/endDaemonsOfToken.js';
import { asUser, type Endpoint } from '../http/endpoint.js';
import { tokenView } from '../views/accounts.js';
import { pageView } from '../views/page.js';

/** A user's own tokens: everybody may do with their own what they like. */
export function tokenEndpoints({ store, live }: Pick<Core, 'store' | 'live'>): Endpoint[] {
  return [
    asUser(userRoutes.createToken, async ({ actor, body: { name, lifetimeMs } }) => {
      const { token, hash } = newToken('api');
      const issued = await store.tokens.issue({ userId: actor.user.id, kind: 'api', name, hash, lifetimeMs });
      await audit(store, actor, 'token.create', { kind: 'token', id: issued.id, name }, null, { lifetimeMs });
      return { token, expiresAt: issued.expiresAt, id: issued.id, name };
    }),

    asUser(userRoutes.listTokens, async ({ actor, query }) => {
      return pageView(await store.tokens.list(actor.user.id, query), tokenView);
    }),

    asUser(userRoutes.removeToken, async ({ actor, params }) => {
      const token = await store.tokens.revoke(actor.user.id, params.token);
      if (token === null) {
        throw new BerthError('not_found', `you have no token '${params.token}'`, {
          hint: "'berth tokens list' shows those that you have.",
        });
      }
      await endDaemonsOfToken(live, token.id);
      await audit(store, actor, 'token.remove', { kind: 'token', id: token.id, name: token.name }, null);
      return {};
    }),
  ];
}
