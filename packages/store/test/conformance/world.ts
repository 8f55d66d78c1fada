import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  type AttemptRef,
  type AttemptResult,
  BerthError,
  type DaemonCapabilities,
  type Engine,
  type ErrorCode,
  type LogEntry,
  type StateRef,
  type TagSet,
  timings,
} from '@berth/protocol';
import { expect } from 'vitest';
import type {
  BlobRef,
  DaemonRecord,
  JobRecord,
  NewBuild,
  NewVersion,
  OrganizationRecord,
  Store,
  TemplateVersionRecord,
  UserRecord,
  WorkspaceRecord,
} from '../../src/index.js';

/** A store under test, and the way to move its clock. */
export interface StoreUnderTest {
  store: Store;
  /** Moves the store's clock on. */
  advance(ms: number): void;
  /** The store's clock. */
  now(): number;
}

/** Opens an empty store; the running test closes it at its end. */
export type OpenStore = () => Promise<StoreUnderTest>;

const untagged: TagSet = { scope: 'organization', owner: '' };
export const terraform: Engine = { name: 'terraform', version: '1.11.4' };

export type World = Awaited<ReturnType<typeof makeWorld>>;

/** A store with its first user, and short words for what most cases begin with. */
export async function makeWorld(open: OpenStore) {
  const { store, advance, now } = await open();
  const owner = await store.users.createFirst({ username: 'owner', email: 'owner@example.com', passwordHash: 'hash' });
  const organization = await store.organizations.getDefault();
  const world = { store, advance, now, owner, organization };
  let names = 0;
  const nextName = (kind: string) => `${kind}-${++names}`;
  return {
    ...world,
    user: (username = nextName('user'), role: 'owner' | 'template-admin' | 'member' = 'member') =>
      store.users.create({ username, email: `${username}@example.com`, passwordHash: 'hash', role }),
    daemon: (change: Partial<Parameters<Store['daemons']['connected']>[0]> = {}) =>
      connectDaemon(world, { name: nextName('daemon'), ...change }),
    upload: (ref: BlobRef, content: Buffer) => upload(store, ref, content),
    push: (change: Partial<NewVersion> = {}) => push(world, { template: nextName('template'), ...change }),
    imported: (change: Partial<NewVersion> = {}, findings: Partial<ImportFindings> = {}) =>
      importedVersion(world, { template: nextName('template'), ...change }, findings),
    workspace: (version: TemplateVersionRecord, change: WorkspaceChange = {}) =>
      makeWorkspace(world, version, { name: nextName('workspace'), ...change }),
    start: (version: TemplateVersionRecord, initiator?: UserRecord): NewBuild => build(world, version, initiator),
    claim: (daemon: DaemonRecord) => claim(world, daemon),
    running: (daemon: DaemonRecord, openGate = true) => running(world, daemon, openGate),
  };
}

interface Bare {
  store: Store;
  owner: UserRecord;
  organization: OrganizationRecord;
}

async function connectDaemon(
  { store, organization }: Bare,
  change: Partial<Parameters<Store['daemons']['connected']>[0]>,
): Promise<DaemonRecord> {
  return store.daemons.connected({
    name: 'daemon',
    organizationId: organization.id,
    provider: 'built-in',
    builtIn: false,
    tags: untagged,
    slots: 1,
    version: '0.1.0',
    protocol: 1,
    engine: terraform,
    platform: 'linux_amd64',
    hostname: 'host',
    sandbox: 'none',
    instance: randomUUID(),
    draining: false,
    ...change,
  });
}

export function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

export async function* streamOf(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

async function upload(store: Store, ref: BlobRef, content: Buffer) {
  return store.blobs.write(ref, { sizeBytes: content.length, offset: 0, content: streamOf(content) });
}

export async function readAll(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts);
}

async function push({ store, owner, organization }: Bare, change: Partial<NewVersion>) {
  const content = randomBytes(64);
  if (change.archive === undefined) await upload(store, { kind: 'archive', digest: sha256(content) }, content);
  return store.templates.push({
    organizationId: organization.id,
    template: 'template',
    name: null,
    message: '',
    createdBy: owner.id,
    archive: sha256(content),
    tags: untagged,
    pinned: {},
    samples: {},
    activate: true,
    engine: null,
    ...change,
  });
}

type ImportFindings = Extract<AttemptResult, { type: 'template_import' }>;

export function findings(change: Partial<ImportFindings> = {}): ImportFindings {
  return {
    type: 'template_import',
    engine: terraform,
    variables: [],
    outputs: [],
    readme: null,
    requiredVersion: null,
    plugins: [],
    lockFile: null,
    ignoredBackend: null,
    plan: null,
    planSkipped: null,
    ...change,
  };
}

/** A version whose import has run, on a daemon made for it. */
async function importedVersion(
  world: Bare,
  change: Partial<NewVersion>,
  found: Partial<ImportFindings>,
): Promise<TemplateVersionRecord> {
  const { version } = await push(world, change);
  const daemon = await connectDaemon(world, {
    name: `importer-${version.id}`,
    tags: version.tags,
    engine: found.engine ?? terraform,
  });
  const ref = await running(world, daemon, false);
  expect(ref.job).toBe(version.job.id);
  await world.store.jobs.saveResult(ref, findings(found));
  await world.store.jobs.settle(ref, { error: null, state: null, result: true });
  const imported = await world.store.templates.version(version.id);
  if (imported === null) throw new Error('the version is gone');
  return imported;
}

function build({ owner }: Bare, version: TemplateVersionRecord, initiator = owner): NewBuild {
  return { transition: 'start', versionId: version.id, initiatorId: initiator.id, parameters: [], orphan: false };
}

interface WorkspaceChange {
  name?: string;
  owner?: UserRecord;
  provider?: string;
  build?: Partial<NewBuild>;
}

async function makeWorkspace(
  world: Bare,
  version: TemplateVersionRecord,
  change: WorkspaceChange,
): Promise<WorkspaceRecord> {
  const owner = change.owner ?? world.owner;
  return world.store.workspaces.create({
    organizationId: world.organization.id,
    ownerId: owner.id,
    name: change.name ?? 'workspace',
    templateId: version.template.id,
    ...(change.provider === undefined ? {} : { provider: change.provider }),
    build: { ...build(world, version, owner), ...change.build },
  });
}

export function capabilities(daemon: DaemonRecord): DaemonCapabilities & { id: string } {
  const { id, provider, engine, tags } = daemon;
  return { id, provider, engine, tags, organization: daemon.organization.id };
}

/** Claims for the daemon; fails when there is nothing to claim. */
async function claim({ store }: Bare, daemon: DaemonRecord): Promise<AttemptRef & { record: JobRecord }> {
  const claimed = await store.jobs.claim(capabilities(daemon), timings.offerMs);
  if (claimed === null) throw new Error(`there is no job for ${daemon.name}`);
  return { job: claimed.job.id, attempt: claimed.job.attempt, record: claimed.job };
}

/** Claims and accepts for the daemon, with the gate open unless told otherwise. */
async function running(world: Bare, daemon: DaemonRecord, openGate: boolean): Promise<AttemptRef> {
  const { job, attempt } = await claim(world, daemon);
  const accepted = { job, attempt, daemonId: daemon.id };
  await world.store.jobs.accept(accepted, { leaseMs: timings.leaseMs, tokenHash: randomUUID(), openGate });
  return { job, attempt };
}

/** Uploads a state and returns what an outcome names it by. */
export async function uploadState(store: Store, text: string, serial = 1): Promise<StateRef> {
  const content = Buffer.from(text);
  await upload(store, { kind: 'state', digest: sha256(content) }, content);
  return { digest: sha256(content), sizeBytes: content.length, serial, lineage: 'lineage' };
}

export const success = { error: null, state: null, result: false };

export function failure(code: ErrorCode, message = 'it failed') {
  return { ...success, error: { code, message, hint: null, fields: null } };
}

export function textEntry(n: number, text = `line ${n}`): LogEntry {
  return { n, at: n, phase: 'apply', kind: 'text', source: 'engine', level: 'info', text, address: null };
}

/** What a rejected promise must look like. */
export async function expectError(promise: Promise<unknown>, code: ErrorCode): Promise<BerthError> {
  const error: unknown = await promise.then(
    () => undefined,
    thrown => thrown,
  );
  expect(error).toBeInstanceOf(BerthError);
  if (!(error instanceof BerthError)) throw error;
  expect(error.code).toBe(code);
  return error;
}
