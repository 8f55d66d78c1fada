import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { tempDir, testCluster } from '../../src/index.js';
import { clusterDown, clusterUp, isUp } from '../../src/testBed/cluster/cluster.js';
import { type RunFolder, runFolder, runningPrograms } from '../../src/testBed/cluster/runFolder.js';

const cluster = await testCluster();
const skipped = cluster.skipped === null ? '' : ` (skipped: ${cluster.skipped})`;
const LONG = { timeout: 300_000 };
const pods = '/api/v1/namespaces/default/pods';
const claims = '/api/v1/namespaces/default/persistentvolumeclaims';

/** Asks until the answer is as expected. */
async function until(path: string, expected: object): Promise<void> {
  await expect.poll(() => cluster.ask('GET', path), { timeout: 120_000 }).toMatchObject(expected);
}

describe.skipIf(cluster.skipped !== null)(`the cluster${skipped}`, () => {
  test('says its version, and has one node', async () => {
    expect((await cluster.ask('GET', '/version')).body).toMatchObject({
      major: '1',
      gitVersion: expect.stringMatching(/^v1\./),
    });
    expect((await cluster.ask('GET', '/api/v1/nodes')).body).toMatchObject({
      items: [{ metadata: { name: 'node-1' } }],
    });
  });

  test.each([undefined, 'fast', 'on-first-use'])(
    'binds a claim of class %s, runs its pod, and lets both go',
    LONG,
    async storageClassName => {
      const name = `c-${storageClassName ?? 'default'}`;
      const claim = {
        metadata: { name },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName },
      };
      expect((await cluster.ask('POST', claims, claim)).status).toBe(201);
      if (storageClassName !== 'on-first-use')
        await until(`${claims}/${name}`, { body: { status: { phase: 'Bound' } } });
      const volumes = [{ name: 'home', persistentVolumeClaim: { claimName: name } }];
      const pod = { metadata: { name }, spec: { containers: [{ name: 'main', image: 'none.invalid/none' }], volumes } };
      expect((await cluster.ask('POST', pods, pod)).status).toBe(201);
      await until(`${pods}/${name}`, { body: { status: { phase: 'Running' } } });
      await until(`${claims}/${name}`, { body: { status: { phase: 'Bound' } } });
      await cluster.ask('DELETE', `${pods}/${name}`);
      await cluster.ask('DELETE', `${claims}/${name}`);
      await until(`${pods}/${name}`, { status: 404 });
      await until(`${claims}/${name}`, { status: 404 });
      await until('/api/v1/persistentvolumes', { body: { items: [] } });
    },
  );

  test('refuses what RBAC does not allow', async () => {
    expect(await cluster.ask('GET', pods, undefined, 'nobody')).toMatchObject({
      status: 403,
      body: { reason: 'Forbidden' },
    });
    expect(cluster.kubeconfigOf('nobody')).not.toBe(readFileSync(cluster.kubeconfig, 'utf8'));
  });
});

describe.skipIf(cluster.skipped !== null)(`a cluster of a run folder${skipped}`, () => {
  test('up twice keeps it, a killed program is noticed, down leaves nothing', LONG, async () => {
    const folder = runFolder(join(tempDir(), 'run'));
    onTestFinished(() => clusterDown(folder));
    expect(await clusterUp(folder, { withUs: true })).toBe(true);
    const before = runningPrograms(folder);
    expect(await clusterUp(folder, { withUs: true })).toBe(false);
    expect(runningPrograms(folder)).toEqual(before);
    process.kill(before.get('kwok') ?? 0, 'SIGKILL');
    await expect.poll(() => isUp(folder)).toBe(false);
    await clusterDown(folder);
    expect(runningPrograms(folder).size).toBe(0);
    expect(existsSync(folder.path)).toBe(false);
  });

  test('a folder of somebody else is not touched', async () => {
    const folder = runFolder(tempDir());
    writeFileSync(join(folder.path, 'mine'), '');
    await expect(clusterUp(folder, { withUs: true })).rejects.toThrow('is not empty, and no folder of a cluster');
    await clusterDown(folder);
    expect(readdirSync(folder.path)).toEqual(['mine']);
  });

  test('what a killed `up` left is ended by the next, which an interrupt ends without a trace', LONG, async () => {
    const folder = runFolder(join(tempDir(), 'run'));
    onTestFinished(() => clusterDown(folder));
    const killed = await upUntil(folder, 'kube-apiserver');
    const left = runningPrograms(folder);
    killed.kill('SIGKILL');
    await once(killed, 'close');
    expect([...left.keys()].sort()).toEqual(['etcd', 'kube-apiserver']);
    const interrupted = await upUntil(folder, 'kube-apiserver', left.get('kube-apiserver'));
    expect([...runningPrograms(folder).values()]).not.toContain(left.get('etcd'));
    interrupted.kill('SIGINT');
    expect(await once(interrupted, 'close')).toEqual([1, null]);
    expect(runningPrograms(folder).size).toBe(0);
    expect(existsSync(folder.path)).toBe(false);
  });
});

/** Runs `scripts/testbed up` until a program of this name runs, other than the one with the id `besides`. */
async function upUntil(folder: RunFolder, name: string, besides?: number): Promise<ChildProcess> {
  const program = resolve(import.meta.dirname, '../../dist/testBed/main.js');
  const up = spawn(process.execPath, [program, 'up', '--run', folder.path], { stdio: 'ignore' });
  await expect
    .poll(() => runningPrograms(folder).get(name) ?? besides, { timeout: 120_000, interval: 20 })
    .not.toBe(besides);
  return up;
}
