import { join } from 'node:path';
import { expect, test } from 'vitest';
import { beginCounting, checkLog, login, mortal } from './mortal.js';
import { writeTemplate } from './site.js';

test('a build goes on while the coordinator is killed and comes back, and every line of it arrives once', async () => {
  const site = await mortal();
  let server = await site.start();
  await login(site);
  await site.startDaemon();
  const { counted, goOn } = await beginCounting(site);
  await counted(10);
  await server.stop('SIGKILL');
  // As long as it takes for a hundred more lines.
  await counted(100);
  server = await site.start();
  await counted(20);
  await server.stop('SIGKILL');
  goOn();
  server = await site.start();
  await checkLog(site);
});

test('coordinator and daemon are killed together, in apply: both come back, and nothing is lost', async () => {
  const site = await mortal();
  const server = await site.start();
  await login(site);
  const daemon = await site.startDaemon();
  const { counted, goOn } = await beginCounting(site);
  await counted(10);
  await Promise.all([server.stop('SIGKILL'), daemon.stop('SIGKILL')]);
  await counted(100);
  await site.start();
  await site.startDaemon();
  goOn();
  await checkLog(site);
});

test('the build of a built-in daemon survives a kill of the coordinator, and SIGTERM lets it finish', async () => {
  const site = await mortal('1');
  let server = await site.start();
  await login(site);
  const { counted, goOn } = await beginCounting(site);
  await counted(10);
  await server.stop('SIGKILL');
  expect(server.output()).toContain('the coordinator is gone');
  server = await site.start();
  await server.until(/successfully connected/);
  await counted(20);
  const ended = server.stop('SIGTERM');
  await server.until(/takes no more jobs and ends when the last one has/);
  goOn();
  expect(await ended).toBe(0);
  await site.start();
  await checkLog(site);
});

test('a daemon is drained from elsewhere, and takes jobs again', async () => {
  const site = await mortal();
  await site.start();
  await login(site);
  const daemon = await site.startDaemon();
  expect((await site.run('provisioner', 'drain', 'one')).stderr).toContain('one takes no more jobs.');
  await expect.poll(() => site.must('provisioner', 'list')).toMatch(/^one +draining /m);
  await site.must('provisioner', 'undrain', 'one');
  await expect.poll(() => site.must('provisioner', 'list')).toMatch(/^one +idle /m);
  expect(await daemon.stop('SIGTERM')).toBe(0);
  const offline = await site.run('provisioner', 'drain', 'one');
  expect(offline).toMatchObject({ code: 1, stderr: expect.stringContaining('the daemon is not connected') });
  expect((await site.run('provisioner', 'drain', 'nobody')).stderr).toContain("there is no daemon 'nobody'");
});

test('a daemon that is to take one job ends with it', async () => {
  const site = await mortal();
  await site.start();
  await login(site);
  const daemon = await site.startDaemon('--once');
  writeTemplate(site.folder, 'small', 'resource "terraform_data" "a" {}\n');
  await site.must('templates', 'push', '-d', join(site.folder, 'small'));
  expect(await daemon.ended).toBe(0);
});
