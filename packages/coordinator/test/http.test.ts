import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { BERTH_VERSION, BerthError, DAEMON_SOCKET_PATH, errorBody, limits } from '@berth/protocol';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { errorAnswer } from '../src/http/errorAnswer.js';
import { makeServer } from '../src/http/server.js';
import { type TestCoordinator, testCoordinator } from './support/coordinator.js';

test('health, readiness and the description of the API', async () => {
  const { url, coordinator } = await testCoordinator();
  expect(await getJson(`${url}/healthz`)).toEqual({ status: 200, body: { status: 'ok' } });
  expect(await getJson(`${url}/readyz`)).toEqual({ status: 200, body: { status: 'ready' } });
  const { body } = await getJson(`${url}/api/openapi.json`);
  expect(body).toMatchObject({
    openapi: '3.1.0',
    info: { version: BERTH_VERSION },
    servers: [{ url: coordinator.accessUrl }],
  });
});

test('every problem of a request is told, by its field', async () => {
  const setup = await testCoordinator();
  const answer = await post(
    setup,
    '/api/v1/users',
    JSON.stringify({ username: 'no spaces', email: 'x', password: '1' }),
  );
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ code: 'invalid_request' });
  expect(fieldsOf(answer)).toEqual(['email', 'password', 'username']);

  expect(fieldsOf(await get(setup, '/api/v1/workspaces?limit=many&deleted=perhaps'))).toEqual(['deleted', 'limit']);
  expect(fieldsOf(await get(setup, '/api/v1/workspaces/no-uuid'))).toEqual(['workspace']);
});

test('a body that is not JSON, of another type, or too large', async () => {
  const setup = await testCoordinator();
  expect(await post(setup, '/api/v1/users', '{"username":')).toMatchObject({
    status: 400,
    body: { code: 'invalid_request', message: expect.stringContaining('not JSON') },
  });
  expect(await post(setup, '/api/v1/users', 'a=b', 'application/x-www-form-urlencoded')).toMatchObject({
    status: 400,
    body: { code: 'invalid_request', hint: expect.stringContaining('application/json') },
  });
  expect(await post(setup, '/api/v1/users', '[]')).toMatchObject({
    status: 400,
    body: { fields: { body: expect.any(String) } },
  });
  expect(await post(setup, '/api/v1/users', '')).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  const large = JSON.stringify({ username: 'x'.repeat(limits.requestBytes) });
  expect(await post(setup, '/api/v1/users', large)).toMatchObject({ status: 413, body: { code: 'limit_exceeded' } });
});

test('a body that comes too slowly is not waited for', async () => {
  const { coordinator } = await testCoordinator({ timings: { requestMs: 200 } });
  const [host, port] = coordinator.address.split(':');
  const socket = connect(Number(port), host);
  socket.write(
    'POST /api/v1/users/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{',
  );
  let text = '';
  for await (const chunk of socket) text += chunk;
  expect(text).toMatch(/^HTTP\/1\.1 400 /);
  expect(text).toContain('the request took too long to arrive');
});

test('a name to log in with that could be none is refused before it is remembered', async () => {
  const setup = await testCoordinator();
  const body = JSON.stringify({ login: 'a'.repeat(321), password: 'x' });
  expect(fieldsOf(await post(setup, '/api/v1/users/login', body))).toEqual(['login']);
});

test('addresses that are not there answer as everything else does', async () => {
  const setup = await testCoordinator();
  expect(await get(setup, '/api/v1/nothing')).toMatchObject({ status: 404, body: { code: 'not_found', fields: null } });
  expect(await get(setup, '/api/v1/users/first')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  expect(await get(setup, '/%ZZ')).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
});

test('what is no HTTP is answered in the same form', async () => {
  const { coordinator } = await testCoordinator();
  const [host, port] = coordinator.address.split(':');
  const socket = connect({ host: host ?? '', port: Number(port) });
  socket.write('this is no request\r\n\r\n');
  let text = '';
  for await (const piece of socket) text += piece;
  expect(text).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'invalid_request', fields: null });
});

test('a request to the address of the daemons without an upgrade says what is missing', async () => {
  const setup = await testCoordinator();
  expect(await get(setup, DAEMON_SOCKET_PATH)).toMatchObject({
    status: 400,
    body: { code: 'invalid_request', hint: expect.stringContaining('proxy') },
  });
});

test('answers are not kept by caches', async () => {
  const { url } = await testCoordinator();
  const response = await fetch(`${url}/api/v1/buildinfo`);
  await response.arrayBuffer();
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
});

test('an unexpected error tells the caller a number, and the log the rest', () => {
  const lines: string[] = [];
  const stream = new Writable({ write: (line, _encoding, done) => done(void lines.push(String(line))) });
  const { status, body } = errorAnswer(new Error('the disk is at /secret/place'), pino(stream));
  expect(status).toBe(500);
  expect(body.code).toBe('internal');
  expect(JSON.stringify(body)).not.toMatch(/secret|at .*\.ts/);
  const logged = JSON.parse(lines[0] ?? '{}');
  expect(logged.err.message).toContain('/secret/place');
  expect(body.hint).toContain(logged.id);
  expect(errorAnswer(new BerthError('conflict', 'busy'), pino(stream))).toMatchObject({ status: 409 });
});

test('a route that nothing answers is found when the server is made', async () => {
  const setup = await testCoordinator();
  expect(setup.url).toMatch(/^http:/);
  expect(() => makeServer([], neverAsked, pino({ level: 'silent' }))).toThrow('nothing answers the route buildInfo');
});

/** No request comes as far as the store. */
const neverAsked = Object.create(null);

function fieldsOf({ body }: { body: unknown }): string[] {
  return Object.keys(errorBody.parse(body).fields ?? {}).sort();
}

async function getJson(url: string) {
  const response = await fetch(url);
  return { status: response.status, body: await response.json() };
}

async function get({ url, ownerToken }: TestCoordinator, path: string) {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${ownerToken}` } });
  return { status: response.status, body: await response.json() };
}

async function post({ url, ownerToken }: TestCoordinator, path: string, body: string, type = 'application/json') {
  const headers = { authorization: `Bearer ${ownerToken}`, 'content-type': type };
  const response = await fetch(url + path, { method: 'POST', headers, body });
  return { status: response.status, body: await response.json() };
}
