import { routes } from '@berth/protocol';
import { expect, test } from 'vitest';
import { createClient, listAll } from '../src/index.js';
import { answerJson, serve } from './serve.js';

test('a list is read page by page, and no page is asked for before it is needed', async () => {
  const asked: string[] = [];
  const url = await serve((request, response) => {
    asked.push(request.url ?? '');
    const query = new URL(request.url ?? '', 'http://x').searchParams;
    const page = Number(query.get('cursor') ?? '0');
    const items = [token(`t${page}a`), token(`t${page}b`)];
    answerJson(response, 200, { items, nextCursor: page === 2 ? null : String(page + 1) });
  });
  const names: string[] = [];
  for await (const item of listAll(createClient({ url, token: 't' }), routes.listTokens, { query: { limit: 2 } })) {
    names.push(item.name);
    if (names.length === 2) expect(asked).toEqual(['/api/v1/users/me/tokens?limit=2']);
  }
  expect(names).toEqual(['t0a', 't0b', 't1a', 't1b', 't2a', 't2b']);
  expect(asked).toEqual([
    '/api/v1/users/me/tokens?limit=2',
    '/api/v1/users/me/tokens?limit=2&cursor=1',
    '/api/v1/users/me/tokens?limit=2&cursor=2',
  ]);
});

function token(name: string) {
  return {
    id: '2b7a1f7e-3c4d-4d5e-8f60-0123456789ab',
    name,
    kind: 'api',
    createdAt: 1,
    expiresAt: null,
    lastUsedAt: null,
  };
}
