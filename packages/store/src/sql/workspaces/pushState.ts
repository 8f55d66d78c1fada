import { BerthError } from '@berth/protocol';
import type { StateVersion, WorkspaceStore } from '../../contract/workspaces.js';
import type { Vault } from '../../vault/vault.js';
import { findBlob } from '../blobs/findBlob.js';
import { recordState } from '../blobs/states.js';
import type { Tx } from '../database.js';
import { lockWorkspace, restingBuild } from './create.js';
import { clearIncomplete } from './incomplete.js';
import { stateHistory } from './stateHistory.js';

type Push = Parameters<WorkspaceStore['pushState']>[1];

/** Makes an uploaded state that of the workspace, whose newest build has it from now on. */
export async function pushState(tx: Tx, vault: Vault, workspaceId: string, push: Push): Promise<StateVersion> {
  const workspace = await lockWorkspace(tx, workspaceId);
  const last = await restingBuild(tx, workspace);
  if (!push.force && last.stateId !== null) await checkFollows(tx, vault, last.stateId, push);
  const stateId = await recordState(tx, vault, push.state, {
    engine: push.engine,
    kind: 'pushed',
    jobId: last.jobId,
    attempt: null,
    pushedBy: push.userId,
  });
  await tx.db.updateTable('builds').set({ state_id: stateId }).where('id', '=', workspace.latestBuildId).execute();
  await clearIncomplete(tx, workspaceId);
  const [pushed] = await stateHistory(tx, vault, workspaceId, stateId);
  if (pushed === undefined) throw new Error(`state ${stateId} is not there`);
  return pushed;
}

/** The checks of terraform's own `state push`. */
async function checkFollows(tx: Tx, vault: Vault, presentId: string, { state }: Push): Promise<void> {
  const present = await tx.db
    .selectFrom('states')
    .select(['serial', 'lineage', 'blob_id as blobId'])
    .where('id', '=', presentId)
    .executeTakeFirstOrThrow();
  if (present.lineage !== state.lineage) {
    throw new BerthError('state_conflict', `the state is of another lineage (${state.lineage}) than the present one`);
  }
  if (state.serial < present.serial) {
    throw new BerthError(
      'state_conflict',
      `the state has serial ${state.serial}, which is older than the present ${present.serial}`,
    );
  }
  const blob = await findBlob(tx, vault, { kind: 'state', digest: state.digest });
  if (state.serial === present.serial && blob?.id !== present.blobId) {
    throw new BerthError('state_conflict', `the present state has serial ${state.serial}, too, and other content`);
  }
}
