import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { declaredVariable, tempDir } from '@berth/testkit';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openStore } from '../src/index.js';
import { openJson, sealJson } from '../src/vault/sealedJson.js';
import { newKey, Vault } from '../src/vault/vault.js';
import { findings, makeWorld, sha256, success, terraform, uploadState } from './conformance/world.js';

describe('the vault', () => {
  const vault = new Vault([newKey()]);

  test('opens what it sealed, at its place alone', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), fc.string(), (plain, place, other) => {
        const sealed = vault.seal(plain, place);
        expect(vault.open(sealed, place).equals(plain)).toBe(true);
        if (other !== place) expect(() => vault.open(sealed, other)).toThrow();
      }),
    );
  });

  test('notices each changed byte', () => {
    const sealed = vault.seal(Buffer.from('content'), 'place');
    for (let i = 0; i < sealed.length; i++) {
      const changed = Buffer.from(sealed);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(() => vault.open(changed, 'place'), `byte ${i}`).toThrow();
    }
    expect(() => vault.open(sealed.subarray(0, -1), 'place')).toThrow();
  });

  test('seals the same content differently each time', () => {
    const sealed = Array.from({ length: 50 }, () => vault.seal(Buffer.from('content'), 'place').toString('hex'));
    expect(new Set(sealed).size).toBe(50);
  });

  test('opens with old keys and names blobs by each', () => {
    const [old, fresh] = [newKey(), newKey()];
    const before = new Vault([old]);
    const after = new Vault([fresh, old]);
    expect(after.open(before.seal(Buffer.from('x'), 'p'), 'p').toString()).toBe('x');
    expect(() => before.open(after.seal(Buffer.from('x'), 'p'), 'p')).toThrow('no key opens');
    const digest = sha256('content');
    expect(after.blobNames(digest)).toEqual([...new Vault([fresh]).blobNames(digest), ...before.blobNames(digest)]);
    expect(after.blobNames(digest)).not.toContain(digest);
  });

  test('keeps JSON of every size', () => {
    for (const value of [null, 0, '', 'ünïcödé', { a: [1, { b: null }] }, 'x'.repeat(100_000)]) {
      expect(openJson(vault, sealJson(vault, value, 'p'), 'p')).toEqual(value);
    }
    expect(sealJson(vault, 'x'.repeat(100_000), 'p').length).toBeLessThan(1_000);
  });
});

test('no secret stands in the files of the database', async () => {
  const dataDir = tempDir();
  const canary = (kind: string) => `canary-${kind}-${randomBytes(12).toString('hex')}`;
  const secrets = {
    parameter: canary('parameter'),
    pinned: canary('pinned'),
    sample: canary('sample'),
    output: canary('output'),
    waitingOutput: canary('waiting-output'),
    variableDefault: canary('default'),
    state: canary('state'),
    snapshot: canary('snapshot'),
  };
  const open = async () => {
    const store = await openStore({ dataDir });
    onTestFinished(() => store.close());
    return { store, advance: () => undefined, now: Date.now };
  };
  const world = await makeWorld(open);
  const { store } = world;
  const version = await world.imported(
    { pinned: { token: secrets.pinned }, samples: { token: secrets.sample }, message: 'not a secret at all' },
    {
      variables: [
        declaredVariable('password', { sensitive: true, hasDefault: true, default: secrets.variableDefault }),
      ],
    },
  );
  const parameters = [{ name: 'password', value: secrets.parameter, sensitive: true }];
  const daemon = await world.daemon();
  const built = (value: string) => ({
    type: 'workspace_build' as const,
    engine: terraform,
    resources: [],
    outputs: [{ name: 'password', type: 'string', value, sensitive: true }],
  });

  const { id } = await world.workspace(version, { build: { parameters } });
  const ref = await world.running(daemon);
  await store.jobs.saveSnapshot(ref, await uploadState(store, JSON.stringify({ outputs: secrets.snapshot })));
  await store.jobs.saveResult(ref, built(secrets.output));
  const state = await uploadState(store, JSON.stringify({ outputs: secrets.state }));
  await store.jobs.settle(ref, { ...success, state, result: true });
  await store.workspaces.createBuild(id, { ...world.start(version), parameters });
  await store.jobs.saveResult(await world.running(daemon), built(secrets.waitingOutput));

  // Everything is there, for whoever may ask.
  const result = await store.workspaces.result((await store.workspaces.build(id, 1))?.id ?? '');
  expect(JSON.stringify(result)).toContain(secrets.output);
  expect((await store.templates.version(version.id))?.imported).toEqual(
    findings({ variables: version.imported?.variables ?? [] }),
  );

  const files = () => readdirSync(dataDir).filter(name => name !== 'encryption.key');
  const search = (text: string) => files().filter(name => readFileSync(join(dataDir, name)).includes(text));
  expect(files()).toContain('berth.sqlite-wal');
  // The search finds what is not secret, so it would find the rest.
  expect(search('not a secret at all')).not.toEqual([]);
  const check = () => {
    for (const [kind, secret] of Object.entries(secrets)) expect(search(secret), kind).toEqual([]);
    expect(search(state.digest), 'digest of a state').toEqual([]);
    expect(search(Buffer.from(state.digest, 'hex').toString('latin1')), 'digest of a state').toEqual([]);
  };
  check();
  await store.close();
  expect(files()).not.toContain('berth.sqlite-wal');
  check();
});
