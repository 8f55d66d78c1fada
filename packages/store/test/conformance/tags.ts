import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DaemonCapabilities, type JobRequirements, timings } from '@berth/protocol';
import { describe, expect, test } from 'vitest';
import type { JobRecord, TemplateVersionRecord } from '../../src/index.js';
import { capabilities, makeWorld, type OpenStore, success, uploadState, type World } from './world.js';

interface Row {
  name: string;
  daemon: DaemonCapabilities;
  job: JobRequirements;
  runs: boolean;
}

/** The organization of the table that stands for the default one. */
const ORGANIZATION = 'organization-1';

const rows: Row[] = JSON.parse(readFileSync(join(import.meta.dirname, '../../../../fixtures/tags.json'), 'utf8'));

export function tagsConformance(open: OpenStore): void {
  describe('the table of fixtures/tags.json, by claim', () => {
    test.each(rows)('$name', async row => {
      const world = await makeWorld(open);
      expect(row.job.organization).toBe(ORGANIZATION);
      const job = await makeJob(world, row.job);
      const { organization, ...required } = row.job;
      expect(job).toMatchObject({ ...required, organization: world.organization.id });
      expect(Object.keys(job.tags).sort()).toEqual(Object.keys(row.job.tags).sort());

      const organizationId =
        row.daemon.organization === ORGANIZATION
          ? world.organization.id
          : (await world.store.organizations.create({ name: 'other' })).id;
      const { provider, engine, tags } = row.daemon;
      const daemon = await world.daemon({ organizationId, provider, engine, tags });
      const claimed = await world.store.jobs.claim(capabilities(daemon), timings.offerMs);
      expect(claimed?.job.id).toBe(row.runs ? job.id : undefined);
    });
  });
}

/** Makes a job with exactly these requirements, the way that the product would come to it. */
async function makeJob(world: World, job: JobRequirements): Promise<JobRecord> {
  const { provider, engine, minimumEngineVersion, tags } = job;
  if (provider === 'built-in' && minimumEngineVersion === null) {
    return (await world.push({ tags, engine })).version.job;
  }
  if (engine === null) throw new Error('a build always has an engine');
  const writer = { name: engine, version: minimumEngineVersion ?? '1.0.0' };
  const version = await world.imported({ tags, engine }, { engine: writer });
  const workspace = await world.workspace(version, { provider });
  if (minimumEngineVersion === null) return workspace.latestBuild.job;
  return secondBuild(world, version, workspace.id, writer);
}

/** A build on a state that `writer` has written. */
async function secondBuild(
  world: World,
  version: TemplateVersionRecord,
  workspaceId: string,
  writer: DaemonCapabilities['engine'],
): Promise<JobRecord> {
  const daemon = await world.daemon({ tags: version.tags, engine: writer });
  const ref = await world.running(daemon);
  const state = await uploadState(world.store, '{"serial":1}');
  await world.store.jobs.settle(ref, { ...success, state });
  return (await world.store.workspaces.createBuild(workspaceId, world.start(version))).job;
}
