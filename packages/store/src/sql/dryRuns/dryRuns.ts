import type { AttemptResult } from '@berth/protocol';
import type { DryRunRecord, DryRunStore } from '../../contract/dryRuns.js';
import { places } from '../../vault/places.js';
import { openJson } from '../../vault/sealedJson.js';
import type { Vault } from '../../vault/vault.js';
import type { StoreContext } from '../context.js';
import type { Tx } from '../database.js';
import { jobRecords } from '../jobs/jobRow.js';
import { createDryRun } from './create.js';

export function dryRunStore({ database, vault }: StoreContext): DryRunStore {
  return {
    create: wanted =>
      database.write(async tx => {
        const record = await oneDryRun(tx, vault, await createDryRun(tx, vault, wanted));
        if (record === null) throw new Error('a row that was just made is not there');
        return record;
      }),
    byJob: jobId => database.read(tx => oneDryRun(tx, vault, jobId)),
  };
}

async function oneDryRun(tx: Tx, vault: Vault, jobId: string): Promise<DryRunRecord | null> {
  const row = await tx.db
    .selectFrom('dry_runs')
    .innerJoin('jobs', 'jobs.id', 'dry_runs.job_id')
    .innerJoin('template_versions', 'template_versions.id', 'jobs.version_id')
    .innerJoin('templates', 'templates.id', 'template_versions.template_id')
    .leftJoin('workspaces', 'workspaces.id', 'dry_runs.workspace_id')
    .leftJoin('results', join =>
      join
        .onRef('results.job_id', '=', 'jobs.id')
        .onRef('results.attempt', '=', 'jobs.result_attempt')
        .on('jobs.status', '=', 'succeeded'),
    )
    .select([
      'dry_runs.transition',
      'templates.id as templateId',
      'templates.name as templateName',
      'template_versions.id as versionId',
      'template_versions.name as versionName',
      'workspaces.id as workspaceId',
      'workspaces.name as workspaceName',
      'results.attempt as resultAttempt',
      'results.sealed as sealedResult',
    ])
    .where('dry_runs.job_id', '=', jobId)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { workspaceId, workspaceName, resultAttempt, sealedResult } = row;
  const result =
    resultAttempt === null || sealedResult === null
      ? null
      : openJson<AttemptResult>(vault, sealedResult, places.result(jobId, resultAttempt));
  return {
    job: (await jobRecords(tx.db, [jobId]))(jobId),
    template: { id: row.templateId, name: row.templateName },
    version: { id: row.versionId, name: row.versionName },
    workspace: workspaceId === null || workspaceName === null ? null : { id: workspaceId, name: workspaceName },
    transition: row.transition,
    result: result?.type === 'template_dry_run' ? result : null,
  };
}
