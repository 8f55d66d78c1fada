import { test } from 'vitest';
import { beginCounting, checkLog, login, mortal } from './mortal.js';

test('a build goes on while the coordinator is away for a minute, and every line of it arrives once', async () => {
  const site = await mortal();
  const server = await site.start();
  await login(site);
  await site.startDaemon();
  const { counted, goOn } = await beginCounting(site);
  await counted(10);
  await server.stop('SIGKILL');
  const began = performance.now();
  while (performance.now() - began < 60_000) await counted(50);
  await site.start();
  await counted(50);
  goOn();
  await checkLog(site);
}, 180_000);
