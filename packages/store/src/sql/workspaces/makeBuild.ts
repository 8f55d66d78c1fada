import { BerthError, type EngineName, type JobRequirements } from '@berth/protocol';
import type { NewBuild } from '../../contract/workspaces.js';
import { places } from '../../vault/places.js';
import { sealJson } from '../../vault/sealedJson.js';
import type { Vault } from '../../vault/vault.js';
import type { Tx } from '../database.js';
import { newId } from '../ids.js';
import { enqueue } from '../jobs/enqueue.js';
import { keepPassing } from '../jobs/passingValues.js';

/** The workspace that a build is made for, and what it takes over from the build before. */
interface BuildOf {
  workspaceId: string;
  templateId: string;
  organizationId: string;
  ownerId: string;
  provider: string;
  number: number;
  /** The state to build on, and the engine version that wrote it. */
  state: { id: string; engineVersion: string } | null;
}

/** Makes a build and its job; an orphaning one is finished at once. Returns the build's id. */
export async function makeBuild(tx: Tx, vault: Vault, of: BuildOf, build: NewBuild): Promise<string> {
  if (build.orphan && build.transition !== 'delete') {
    throw new BerthError('invalid_request', 'only a delete can orphan');
  }
  const version = await readyVersion(tx, of, build);
  const id = newId();
  const jobId = newId();
  await enqueue(tx, {
    id: jobId,
    type: 'workspace_build',
    versionId: build.versionId,
    organization: of.organizationId,
    provider: of.provider,
    engine: version.engine,
    minimumEngineVersion: of.state?.engineVersion ?? null,
    tags: version.tags,
    initiatorId: build.initiatorId,
    ownerId: of.ownerId,
    done: build.orphan,
  });
  await tx.db
    .insertInto('builds')
    .values({
      id,
      workspace_id: of.workspaceId,
      number: of.number,
      transition: build.transition,
      version_id: build.versionId,
      initiator_id: build.initiatorId,
      created_at: tx.now,
      job_id: jobId,
      orphan: build.orphan ? 1 : 0,
      sealed_parameters: sealJson(vault, build.parameters, places.parameters(id)),
      input_state_id: of.state?.id ?? null,
      state_id: of.state?.id ?? null,
    })
    .execute();
  if (!build.orphan) await keepPassing(tx, vault, jobId, build.passing ?? []);
  return id;
}

/** Throws `not_found` for a version of another template, `version_not_ready` for one that cannot be built. */
async function readyVersion(
  tx: Tx,
  of: BuildOf,
  build: NewBuild,
): Promise<{ engine: EngineName | null; tags: JobRequirements['tags'] }> {
  const version = await tx.db
    .selectFrom('template_versions')
    .innerJoin('jobs', 'jobs.id', 'template_versions.job_id')
    .innerJoin('tag_sets', 'tag_sets.id', 'template_versions.tag_set_id')
    .select([
      'template_versions.name',
      'template_versions.engine_name as engine',
      'jobs.status',
      'tag_sets.key as tagKey',
    ])
    .where('template_versions.id', '=', build.versionId)
    .where('template_versions.template_id', '=', of.templateId)
    .where('template_versions.draft', '=', 0)
    .executeTakeFirst();
  if (version === undefined) throw new BerthError('not_found', 'the template has no such version');
  if (version.status !== 'succeeded' && !build.orphan) {
    throw new BerthError('version_not_ready', `version ${version.name} has not imported`);
  }
  return { engine: version.engine, tags: Object.fromEntries(JSON.parse(version.tagKey)) };
}
