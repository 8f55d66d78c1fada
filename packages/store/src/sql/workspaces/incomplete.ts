import type { AttemptRef, Transition } from '@berth/protocol';
import { BerthError } from '@berth/protocol';
import type { Kysely } from 'kysely';
import type { StateIncomplete } from '../../contract/workspaces.js';
import type { Tx } from '../database.js';
import type { Tables } from '../tables/index.js';

/** The workspace of this build says from now on that its state may lack what the attempt has made. */
export async function markIncomplete(tx: Tx, ref: AttemptRef): Promise<void> {
  const build = await tx.db
    .selectFrom('builds')
    .select(['id', 'workspace_id as workspaceId'])
    .where('job_id', '=', ref.job)
    .executeTakeFirst();
  if (build === undefined) return;
  await tx.db
    .updateTable('workspaces')
    .set({
      incomplete_build_id: build.id,
      incomplete_attempt: ref.attempt,
      incomplete_since: tx.now,
      incomplete_accepted: 0,
    })
    .where('id', '=', build.workspaceId)
    .execute();
}

/** The state is whole again, or somebody has said what it is. */
export async function clearIncomplete(tx: Tx, workspaceId: string, of?: { buildId: string; attempt: number }) {
  await tx.db
    .updateTable('workspaces')
    .set({ incomplete_build_id: null, incomplete_attempt: null, incomplete_since: null, incomplete_accepted: 0 })
    .where('id', '=', workspaceId)
    .$if(of !== undefined, query =>
      query.where('incomplete_build_id', '=', of?.buildId ?? '').where('incomplete_attempt', '=', of?.attempt ?? 0),
    )
    .execute();
}

/**
 * Refuses to make or delete things by a state that may lack some, unless that was accepted once; remembers that it was.
 *
 * @throws BerthError `state_incomplete`
 */
export async function checkIncomplete(
  tx: Tx,
  workspace: { id: string; name: string },
  build: { transition: Transition; orphan: boolean; acceptIncompleteState?: boolean | undefined },
): Promise<void> {
  if (build.transition === 'stop' || build.orphan) return;
  const incomplete = (await findIncomplete(tx.db, [workspace.id])).get(workspace.id);
  if (incomplete === undefined || incomplete.accepted) return;
  if (build.acceptIncompleteState !== true) {
    throw new BerthError(
      'state_incomplete',
      `the state of workspace '${workspace.name}' may be incomplete (attempt ${incomplete.attempt} of daemon ${incomplete.daemon.name} unreachable)`,
    );
  }
  await tx.db.updateTable('workspaces').set({ incomplete_accepted: 1 }).where('id', '=', workspace.id).execute();
}

/** What is known of the workspaces whose state may be incomplete, by their ids. */
export async function findIncomplete(
  db: Kysely<Tables>,
  workspaceIds: readonly string[],
): Promise<Map<string, StateIncomplete>> {
  if (workspaceIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('workspaces')
    .innerJoin('builds', 'builds.id', 'workspaces.incomplete_build_id')
    .innerJoin('attempts', join =>
      join
        .onRef('attempts.job_id', '=', 'builds.job_id')
        .onRef('attempts.number', '=', 'workspaces.incomplete_attempt'),
    )
    .innerJoin('daemons', 'daemons.id', 'attempts.daemon_id')
    .select([
      'workspaces.id',
      'builds.number as build',
      'attempts.number as attempt',
      'daemons.id as daemonId',
      'daemons.name as daemonName',
      'workspaces.incomplete_since as since',
      'workspaces.incomplete_accepted as accepted',
    ])
    .where('workspaces.id', 'in', workspaceIds)
    .execute();
  return new Map(
    rows.map(({ id, daemonId, daemonName, since, accepted, ...row }) => [
      id,
      { ...row, daemon: { id: daemonId, name: daemonName }, since: since ?? 0, accepted: accepted === 1 },
    ]),
  );
}
