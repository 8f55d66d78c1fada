import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { smallDisk } from '@berth/testkit';
import { expect, test } from 'vitest';
import { heartbeatsFor } from './double/heartbeatsFor.js';
import { logText } from './double/logText.js';
import { checkNumbers } from './double/processSite.js';
import { buildSpec, offerOf } from './double/specs.js';
import { beginJob, startReal } from './double/startReal.js';
import { waitingTemplate } from './double/waitingTemplate.js';

test('a full disk stops no build that runs: it is told, the lease is renewed, and the log goes on', async context => {
  const disk = smallDisk(2);
  if (disk === null) return context.skip('only root may mount a small disk');
  const real = await startReal({ dataDir: join(disk.folder, 'data') });
  real.coordinator.heartbeatMs = 50;
  real.connection.cut();
  const connection = await real.coordinator.connected();
  const { files, halfway, goOn } = await waitingTemplate('echo still here');
  const spec = buildSpec({ archive: files.archive, holdMs: 3_000 });
  const data = await beginJob(real.coordinator, connection, spec, files);
  await halfway();
  disk.fill();
  await heartbeatsFor(3_000, connection, context);
  const run = join(real.dataDir, 'attempts', `${spec.job}-1`, 'run/apply');
  expect(existsSync(join(run, 'rungs'))).toBe(false);
  connection.send(offerOf(buildSpec()));
  expect(await connection.next('decline')).toMatchObject({ reason: 'every slot is busy' });
  disk.empty();
  goOn();
  expect((await connection.next('terminal')).outcome.error).toBeNull();
  checkNumbers(data.log);
  expect(logText(data.log)).toContain('done');
});

test('a daemon whose disk is full takes no job, says why, and takes the next one when there is room', async context => {
  const disk = smallDisk(2);
  if (disk === null) return context.skip('only root may mount a small disk');
  const real = await startReal({ dataDir: join(disk.folder, 'data') });
  disk.fill();
  const { files, goOn } = await waitingTemplate();
  goOn();
  const spec = buildSpec({ archive: files.archive });
  real.connection.send(offerOf(spec));
  expect(await real.connection.next('decline')).toMatchObject({ reason: 'the daemon could not make a folder for it' });
  expect(real.log.saying('an attempt could not be begun')).toHaveLength(1);
  disk.empty();
  const { outcome } = await real.run(buildSpec({ archive: files.archive }), files);
  expect(outcome.error).toBeNull();
});

test('a result that finds no room on the disk reaches the coordinator all the same', async context => {
  const disk = smallDisk(2);
  if (disk === null) return context.skip('only root may mount a small disk');
  const real = await startReal({ dataDir: join(disk.folder, 'data') });
  const { files, halfway, goOn } = await waitingTemplate();
  const spec = buildSpec({ archive: files.archive });
  await real.begin(spec, files);
  await halfway();
  // Terraform writes its state while there is room; when it hands in there is none.
  real.coordinator.intercept = () => {
    disk.fill();
    return false;
  };
  goOn();
  expect((await real.connection.next('terminal')).outcome).toMatchObject({ error: null, result: true });
});
