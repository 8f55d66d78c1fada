import type { AttemptResult, Page, Paged } from '@berth/protocol';
import type { BuildRecord, WorkspaceRecord, WorkspaceStore } from '../../contract/workspaces.js';
import { places } from '../../vault/places.js';
import { openJson } from '../../vault/sealedJson.js';
import type { Vault } from '../../vault/vault.js';
import type { StoreContext } from '../context.js';
import { afterCursor, cutPage } from '../cursor.js';
import type { Tx } from '../database.js';
import { nameKey } from '../nameKey.js';
import { buildRecords, selectBuilds } from './buildRow.js';
import { createBuild, createWorkspace } from './create.js';
import { pushState } from './pushState.js';
import { stateHistory } from './stateHistory.js';
import { selectWorkspaces, workspaceRecords } from './workspaceRow.js';

export function workspaceStore({ database, vault }: StoreContext): WorkspaceStore {
  return {
    create: wanted =>
      database.write(async tx => {
        const id = await createWorkspace(tx, vault, wanted);
        return present(await oneWorkspace(tx, vault, id));
      }),
    createBuild: (workspaceId, build) =>
      database.write(async tx => {
        const id = await createBuild(tx, vault, workspaceId, build);
        return present(await oneBuild(tx, vault, query => query.where('builds.id', '=', id)));
      }),
    byId: id => database.read(tx => oneWorkspace(tx, vault, id)),
    list: (filter, page) => database.read(tx => listWorkspaces(tx, vault, filter, page)),
    build: (workspaceId, number) =>
      database.read(tx =>
        oneBuild(tx, vault, query =>
          query.where('builds.workspace_id', '=', workspaceId).where('builds.number', '=', number),
        ),
      ),
    buildOfJob: jobId => database.read(tx => oneBuild(tx, vault, query => query.where('builds.job_id', '=', jobId))),
    builds: (workspaceId, page) => database.read(tx => listBuilds(tx, vault, workspaceId, page)),
    stateHistory: workspaceId => database.read(tx => stateHistory(tx, vault, workspaceId)),
    pushState: (workspaceId, push) => database.write(tx => pushState(tx, vault, workspaceId, push)),
    result: buildId => database.read(tx => buildResult(tx, vault, buildId)),
  };
}

function present<T>(record: T | null): T {
  if (record === null) throw new Error('a row that was just made is not there');
  return record;
}

async function oneWorkspace(tx: Tx, vault: Vault, id: string): Promise<WorkspaceRecord | null> {
  const rows = await selectWorkspaces(tx.db).where('workspaces.id', '=', id).execute();
  return (await workspaceRecords(tx.db, vault, rows))[0] ?? null;
}

type BuildQuery = ReturnType<typeof selectBuilds>;

async function oneBuild(tx: Tx, vault: Vault, narrow: (query: BuildQuery) => BuildQuery): Promise<BuildRecord | null> {
  const rows = await narrow(selectBuilds(tx.db)).execute();
  return (await buildRecords(tx.db, vault, rows))[0] ?? null;
}

/** Newest first. */
async function listWorkspaces(
  tx: Tx,
  vault: Vault,
  filter: Parameters<WorkspaceStore['list']>[0],
  page: Page,
): Promise<Paged<WorkspaceRecord>> {
  const { visible, owner, name, templateId, deleted } = filter;
  const { organizations } = visible;
  const rows = await selectWorkspaces(tx.db)
    .where(eb =>
      organizations === 'all'
        ? eb.lit(true)
        : eb.or([
            eb('workspaces.owner_id', '=', visible.ownerId),
            ...(organizations.length === 0 ? [] : [eb('workspaces.organization_id', 'in', organizations)]),
          ]),
    )
    .$if(owner !== undefined, query =>
      query.where(eb => eb.or([eb('users.username_key', '=', nameKey(owner ?? '')), eb('users.id', '=', owner ?? '')])),
    )
    .$if(name !== undefined, query => query.where('workspaces.name_key', '=', nameKey(name ?? '')))
    .$if(templateId !== undefined, query => query.where('workspaces.template_id', '=', templateId ?? ''))
    .$if(deleted !== true, query => query.where('workspaces.deleted_at', 'is', null))
    .where(afterCursor(page, { by: 'workspaces.created_at', id: 'workspaces.id', direction: 'desc' }))
    .orderBy('workspaces.created_at', 'desc')
    .orderBy('workspaces.id', 'desc')
    .limit(page.limit + 1)
    .execute();
  const cut = cutPage(rows, page, row => [row.createdAt, row.id]);
  return { ...cut, items: await workspaceRecords(tx.db, vault, cut.items) };
}

/** Newest first. */
async function listBuilds(tx: Tx, vault: Vault, workspaceId: string, page: Page): Promise<Paged<BuildRecord>> {
  const rows = await selectBuilds(tx.db)
    .where('builds.workspace_id', '=', workspaceId)
    .where(afterCursor(page, { by: 'builds.number', id: 'builds.id', direction: 'desc' }))
    .orderBy('builds.number', 'desc')
    .orderBy('builds.id', 'desc')
    .limit(page.limit + 1)
    .execute();
  const cut = cutPage(rows, page, row => [row.number, row.id]);
  return { ...cut, items: await buildRecords(tx.db, vault, cut.items) };
}

/** Only the result of the settled attempt counts. */
async function buildResult(tx: Tx, vault: Vault, buildId: string): ReturnType<WorkspaceStore['result']> {
  const row = await tx.db
    .selectFrom('builds')
    .innerJoin('jobs', 'jobs.id', 'builds.job_id')
    .innerJoin('results', join =>
      join.onRef('results.job_id', '=', 'jobs.id').onRef('results.attempt', '=', 'jobs.result_attempt'),
    )
    .select(['results.job_id as jobId', 'results.attempt', 'results.sealed'])
    .where('builds.id', '=', buildId)
    .executeTakeFirst();
  if (row === undefined) return { resources: [], outputs: [] };
  const result = openJson<AttemptResult>(vault, row.sealed, places.result(row.jobId, row.attempt));
  if (result.type !== 'workspace_build') throw new Error(`the result of build ${buildId} is one of ${result.type}`);
  return { resources: result.resources, outputs: result.outputs };
}
