import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { BerthError, routes } from '@berth/protocol';
import { smallDisk } from '@berth/testkit';
import { expect, test } from 'vitest';
import { refusal, testCoordinator } from './support/coordinator.js';
import { build, create, runBuild, template } from './support/work.js';

test('while its disk is full a coordinator asks to come again, and when there is room nothing is missing', async context => {
  const disk = smallDisk(16);
  if (disk === null) return context.skip('only root may mount a small disk');
  const setup = await testCoordinator({ dataDir: join(disk.folder, 'data') });
  const daemon = await setup.daemon();
  const version = await template(setup, daemon);
  const made = await create(setup, setup.owner, version);
  const attempt = await daemon.take(true);

  const texts: string[] = [];
  const append = async (text: string) => {
    const entry = { n: texts.length + 1, at: 1, phase: 'apply', kind: 'text', level: 'info', text } as const;
    const where = { source: 'engine', address: null } as const;
    await attempt.http.call(routes.appendAttemptLog, { body: { entries: [{ ...entry, ...where }] } });
    texts.push(text);
  };
  disk.fill();
  // What files of the database have room for already is still taken. It cannot be compressed.
  const untilFull = async () => {
    for (;;) await append(randomBytes(16 * 1024).toString('base64'));
  };
  expect((await refusal(untilFull())).code).toBe('unavailable');
  const upload = attempt.http.send(routes.uploadAttemptState, {
    params: { digest: '0'.repeat(64) },
    query: { size: 2 ** 20, serial: 1, lineage: 'l', kind: 'snapshot' },
    bytes: randomBytes(2 ** 20),
  });
  expect((await refusal(upload)).code).toBe('unavailable');
  daemon.send({ type: 'terminal', ...attempt.ref, outcome: { error: null, state: null, result: false } });
  expect(await daemon.next('problem')).toMatchObject({ retry: true, error: { code: 'unavailable' } });
  const asked = setup.owner.call(routes.me).catch(error => error);
  expect(await asked).toSatisfy(it => !(it instanceof BerthError) || it.code === 'unavailable');
  expect((await fetch(`${setup.url}/healthz`)).status).toBe(200);

  disk.empty();
  await append('there is room');
  expect(await daemon.heartbeat([attempt.ref])).toMatchObject({ attempts: [{ ...attempt.ref, verdict: 'yours' }] });
  await daemon.settle(attempt.ref, {});
  const { items } = await setup.owner.call(routes.jobLogs, { params: { job: attempt.ref.job } });
  expect(items.flatMap(({ entry }) => (entry.kind === 'text' ? [entry.text] : []))).toEqual(texts);
  await build(setup.owner, made, 'stop');
  await runBuild(daemon, '{"the":"state"}');
  expect((await fetch(`${setup.url}/readyz`)).status).toBe(200);
});
