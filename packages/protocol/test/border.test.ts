import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  BERTH_VERSION,
  BerthError,
  compareVersions,
  errorBody,
  errorCodes,
  fillPath,
  limits,
  openApi,
  type Route,
  readFrame,
  routes,
  servesProtocol,
  toCoordinator,
  versionNumber,
} from '../src/index.js';

const frames: { title: string; frame: string; code: string }[] = [
  { title: 'not JSON', frame: 'hello', code: 'invalid_request' },
  { title: 'no message', frame: '[]', code: 'invalid_request' },
  { title: 'an unknown type', frame: '{"type":"goodbye"}', code: 'invalid_request' },
  { title: 'a wrong field', frame: '{"type":"heartbeat","seq":"1","attempts":[]}', code: 'invalid_request' },
  { title: 'too large', frame: `"${'x'.repeat(limits.frameBytes)}"`, code: 'limit_exceeded' },
];
test.each(frames)('a frame that is $title is refused', ({ frame, code }) => {
  expect(() => readFrame(toCoordinator, frame)).toThrow(expect.objectContaining({ code }));
});

test('a message with fields of a later version is read', () => {
  const frame = JSON.stringify({ type: 'heartbeat', seq: 1, attempts: [], later: true });
  expect(readFrame(toCoordinator, frame)).toEqual({ type: 'heartbeat', seq: 1, attempts: [] });
});

test('an error survives its way over the wire', () => {
  const error = new BerthError('invalid_parameter', 'm', { hint: 'h', fields: { 'parameters.a': 'f' } });
  expect(BerthError.fromBody(errorBody.parse(JSON.parse(JSON.stringify(error.toBody()))))).toEqual(error);
  expect(errorBody.parse({ code: 'of_a_later_version', message: 'm' }).code).toBe('internal');
  expect(new BerthError('daemon_name_taken', 'm').hint).toBe(errorCodes.daemon_name_taken.hint);
});

test('each route has a path and a method of its own, and its parameters stand in its path', () => {
  const all = Object.values(routes) as Route[];
  expect(new Set(all.map(route => `${route.method} ${route.path}`)).size).toBe(all.length);
  for (const route of all) {
    expect(route.path).toMatch(/^\/api\/v1\//);
    const inPath = [...route.path.matchAll(/:([a-zA-Z]+)/g)].map(match => match[1]);
    const { shape } = route.params as unknown as { shape: Record<string, unknown> };
    expect(Object.keys(shape).sort()).toEqual(inPath.sort());
  }
});

test('path parameters are encoded', () => {
  expect(fillPath('/a/:x/b/:y', { x: 'o/../p', y: 3 })).toBe('/a/o%2F..%2Fp/b/3');
});

test('the OpenAPI page names every route and refers only to what it holds', () => {
  const text = JSON.stringify(openApi('http://berth.example'));
  const page = JSON.parse(text);
  for (const [operationId, route] of Object.entries(routes)) {
    const path = route.path.replace(/:([a-zA-Z]+)/g, '{$1}');
    expect(page.paths[path][route.method.toLowerCase()].operationId).toBe(operationId);
  }
  const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(match => match[1]);
  expect(references.length).toBe([...text.matchAll(/"\$ref"/g)].length);
  for (const name of new Set(references)) expect(page.components.schemas).toHaveProperty(name ?? '');
});

test('versions are compared as numbers, a pre-release before its release', () => {
  expect(compareVersions('1.9.0', '1.11.4')).toBeLessThan(0);
  expect(compareVersions('1.11.4', '1.11.4')).toBe(0);
  expect(compareVersions('1.12.0-rc1', '1.12.0')).toBeLessThan(0);
  expect(compareVersions('1.12.0-rc2', '1.12.0-rc1')).toBeGreaterThan(0);
  expect(versionNumber('1.9.10')).toBeLessThan(versionNumber('1.11.4'));
});

test('a coordinator serves its own protocol and the one before', () => {
  expect(servesProtocol(1)).toBe(true);
  expect(servesProtocol(0)).toBe(false);
  expect(servesProtocol(2)).toBe(false);
});

test('the version is that of the package', () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'));
  expect(BERTH_VERSION).toBe(version);
});
