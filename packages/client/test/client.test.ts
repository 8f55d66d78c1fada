import { BerthError, routes } from '@berth/protocol';
import { expect, test } from 'vitest';
import { createClient } from '../src/index.js';
import { answerJson, deadAddress, readBody, serve } from './serve.js';

const user = {
  id: '2b7a1f7e-3c4d-4d5e-8f60-0123456789ab',
  username: 'ada',
  email: 'ada@example.com',
  siteRole: 'owner',
  memberships: [],
  createdAt: 1,
  lastSeenAt: null,
};

test('a call sends token, params, query and body as the route declares them, and reads the answer', async () => {
  const seen: { line: string; token: string | undefined; body: unknown }[] = [];
  const url = await serve(async (request, response) => {
    const body = (await readBody(request)).toString();
    seen.push({
      line: `${request.method} ${request.url}`,
      token: request.headers.authorization,
      body: body === '' ? null : JSON.parse(body),
    });
    if (request.url?.startsWith('/api/v1/organizations')) answerJson(response, 200, { items: [], nextCursor: null });
    else answerJson(response, 201, user);
  });
  const client = createClient({ url: `${url}/`, token: 'secret' });

  const created = await client.call(routes.createUser, {
    body: { username: 'ada', email: 'ada@example.com', password: 'long enough' },
  });
  expect(created).toEqual(user);
  await client.call(routes.listTemplates, { params: { organization: 'a/b c' }, query: { name: 'x&y' } });

  expect(seen).toEqual([
    {
      line: 'POST /api/v1/users',
      token: 'Bearer secret',
      body: { username: 'ada', email: 'ada@example.com', password: 'long enough' },
    },
    { line: 'GET /api/v1/organizations/a%2Fb%20c/templates?name=x%26y', token: 'Bearer secret', body: null },
  ]);
});

test('a public route is called without the token', async () => {
  const url = await serve((request, response) => {
    answerJson(response, 200, {
      version: request.headers.authorization ?? 'no token',
      protocol: 1,
      accessUrl: 'x',
      firstUserNeeded: false,
    });
  });
  expect((await createClient({ url, token: 'secret' }).call(routes.buildInfo)).version).toBe('no token');
});

test('an error answer is thrown as it was sent: code, message, hint and fields', async () => {
  const body = {
    code: 'missing_parameter',
    message: 'needs size',
    hint: 'give it',
    fields: { 'parameters.size': 'x' },
  };
  const url = await serve((_, response) => answerJson(response, 400, body));
  const error = await failure(createClient({ url }).call(routes.me));
  expect(error.toBody()).toEqual(body);
});

test.each([
  { status: 503, type: 'text/html', text: '<h1>bad</h1>', code: 'unavailable' },
  { status: 404, type: 'text/html', text: '<h1>who?</h1>', code: 'unreachable' },
  { status: 200, type: 'text/html', text: '<h1>hello</h1>', code: 'internal' },
  { status: 200, type: 'application/json', text: '{"id":"not ours"}', code: 'internal' },
])('an answer of another server ($status $text) is told as $code', async ({ status, type, text, code }) => {
  const url = await serve((_, response) => response.writeHead(status, { 'content-type': type }).end(text));
  const error = await failure(createClient({ url }).call(routes.me));
  expect(error.code).toBe(code);
  expect(error.message).toContain(url);
});

test('an address where nothing listens is unreachable, with the address, the reason and a hint', async () => {
  const url = await deadAddress();
  const error = await failure(createClient({ url }).call(routes.me));
  expect(error.code).toBe('unreachable');
  expect(error.message).toBe(`cannot reach the coordinator at ${url}: nothing listens there (connection refused)`);
  expect(error.hint).not.toBeNull();
});

test.each([
  ['ENOTFOUND', 'host name is not known'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'does not speak TLS'],
])('%s of the network is explained', async (code, text) => {
  const cause = Object.assign(new Error('inner'), { code });
  const fetch = () => Promise.reject(new TypeError('fetch failed', { cause }));
  const error = await failure(createClient({ url: 'https://berth.test', fetch }).call(routes.me));
  expect(error.message).toContain(text);
});

test('a network error that is not known shows what it says', async () => {
  const fetch = () => Promise.reject(new TypeError('fetch failed', { cause: new Error('the moon is full') }));
  const error = await failure(createClient({ url: 'https://berth.test', fetch }).call(routes.me));
  expect(error.message).toBe('cannot reach the coordinator at https://berth.test: the moon is full');
});

test('text that is no address is told so', async () => {
  const error = await failure(createClient({ url: 'berth example' }).call(routes.me));
  expect(error.message).toContain('that is no address');
});

test('a coordinator that takes the request and never answers is unreachable after the time limit', async () => {
  const url = await serve(() => undefined);
  const error = await failure(createClient({ url, timeoutMs: 20 }).call(routes.me));
  expect(error.code).toBe('unreachable');
  expect(error.message).toContain('did not answer in time');
});

test('a call that its caller aborts ends with the reason of the caller', async () => {
  const abort = new AbortController();
  const url = await serve(() => abort.abort(new Error('enough')));
  await expect(createClient({ url }).call(routes.me, { signal: abort.signal })).rejects.toThrow('enough');
});

/** The BerthError that a call fails with. */
async function failure(call: Promise<unknown>): Promise<BerthError> {
  const error = await call.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (error instanceof BerthError) return error;
  throw error;
}
