import { attemptRoutes, BerthError, limits, type StateRef } from '@berth/protocol';
import type { AttemptRecord } from '@berth/store';
import { notFound } from '../access/authorize.js';
import type { Core } from '../core.js';
import { Download } from '../http/download.js';
import { asAttempt, type Endpoint } from '../http/endpoint.js';
import { octets } from '../http/octets.js';

/** What daemons read and write with the token of one attempt, as long as it owns its job. */
export function attemptEndpoints({
  store,
  changes,
  importChecks,
  log,
}: Pick<Core, 'store' | 'changes' | 'importChecks' | 'log'>): Endpoint[] {
  const salvage = async (attempt: AttemptRecord, state: StateRef) => {
    const { outcome, reason } = await store.jobs.saveSalvage(refOf(attempt), state);
    log.warn({ ...refOf(attempt), serial: state.serial, outcome, reason }, 'a fenced attempt handed in its state');
    changes.jobs.publish(attempt.job);
  };
  return [
    asAttempt(attemptRoutes.attemptArchive, async ({ actor: { attempt } }) => {
      mustOwn(attempt);
      return new Download(store.blobs, { kind: 'archive', digest: attempt.archive }, 'template.tgz');
    }),

    asAttempt(attemptRoutes.attemptState, async ({ actor: { attempt } }) => {
      mustOwn(attempt);
      if (attempt.state === null) throw notFound('state to build on');
      return new Download(store.blobs, { kind: 'state', digest: attempt.state.digest }, 'terraform.tfstate');
    }),

    asAttempt(attemptRoutes.attemptStateStatus, async ({ actor: { attempt }, params }) => {
      if (!attempt.maySalvage) mustOwn(attempt);
      return store.blobs.status({ kind: 'state', digest: params.digest });
    }),

    asAttempt(attemptRoutes.uploadAttemptState, async ({ actor: { attempt }, params, query, request }) => {
      const { size, offset, serial, lineage, kind } = query;
      if (kind !== 'salvage' || !attempt.maySalvage) mustOwn(attempt);
      if (size > limits.stateBytes) {
        throw new BerthError('limit_exceeded', `a state of ${size} bytes is too large`, {
          hint: `At most ${limits.stateBytes / 1024 / 1024} MiB are allowed.`,
        });
      }
      const { digest } = params;
      const status = await store.blobs.write(
        { kind: 'state', digest },
        { sizeBytes: size, offset, content: octets(request) },
      );
      // The final state is named by the terminal message, and only then is the workspace's.
      const state: StateRef = { digest, sizeBytes: size, serial, lineage };
      if (status.complete && kind === 'snapshot') await store.jobs.saveSnapshot(refOf(attempt), state);
      if (status.complete && kind === 'salvage') await salvage(attempt, state);
      return status;
    }),

    asAttempt(
      attemptRoutes.uploadAttemptResult,
      async ({ actor: { attempt }, body }) => {
        mustOwn(attempt);
        await store.jobs.saveResult(refOf(attempt), body);
        if (body.type === 'template_import') {
          const input = await store.jobs.attemptInput(attempt.job);
          if (input !== null) importChecks.look(refOf(attempt), body, input.version.pinned);
        }
        return {};
      },
      limits.resultBytes,
    ),

    asAttempt(
      attemptRoutes.appendAttemptLog,
      async ({ actor: { attempt }, body }) => {
        mustOwn(attempt);
        const stored = await store.logs.append(refOf(attempt), body.entries);
        changes.jobs.publish(attempt.job);
        return { stored };
      },
      limits.logBatchBytes,
    ),
  ];
}

function mustOwn({ owns, attempt, job }: AttemptRecord): void {
  if (!owns) throw new BerthError('fenced', `attempt ${attempt} no longer owns job ${job}`);
}

function refOf({ job, attempt }: AttemptRecord): { job: string; attempt: number } {
  return { job, attempt };
}
