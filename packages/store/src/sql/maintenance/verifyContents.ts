import { createHash } from 'node:crypto';
import type { Problem } from '../../contract/maintenance.js';
import { places } from '../../vault/places.js';
import { readPieces } from '../blobs/readBlob.js';
import type { StoreContext } from '../context.js';

/** Rows that are read at once. */
const BATCH = 200;

/** Reads every state and archive that is kept, and compares it with its digest. */
export async function verifyContents(
  context: StoreContext,
  tell: (problem: Problem) => void,
): Promise<{ states: number; archives: number }> {
  return { states: await verifyStates(context, tell), archives: await verifyArchives(context, tell) };
}

async function verifyStates(context: StoreContext, tell: (problem: Problem) => void): Promise<number> {
  const { database, vault } = context;
  const good = new Set<string>();
  let count = 0;
  for (let after = ''; ; ) {
    const rows = await database.read(tx =>
      tx.db
        .selectFrom('states')
        .innerJoin('blobs', 'blobs.id', 'states.blob_id')
        .select([
          'states.id',
          'blobs.id as blobId',
          'states.sealed_digest as sealedDigest',
          'states.size_bytes as sizeBytes',
        ])
        .select(['blobs.received_bytes as receivedBytes', 'blobs.complete', 'states.dropped_at as droppedAt'])
        .where('states.id', '>', after)
        .orderBy('states.id')
        .limit(BATCH)
        .execute(),
    );
    for (const { id, blobId, sealedDigest, sizeBytes, receivedBytes, complete, droppedAt } of rows) {
      if (droppedAt !== null) continue;
      count++;
      const say = (problem: string) => tell({ kind: 'state', id, problem });
      try {
        const digest = vault.open(sealedDigest, places.stateDigest(id)).toString('hex');
        if (complete !== 1 || receivedBytes !== sizeBytes) {
          say(`${receivedBytes} of its ${sizeBytes} bytes are there`);
        } else if (!good.has(`${blobId} ${digest}`)) {
          const found = await digestOf(context, { id: blobId, kind: 'state' }, sizeBytes);
          if (found === digest) good.add(`${blobId} ${digest}`);
          else say(`its content has sha256 ${found}, not ${digest}`);
        }
      } catch (error) {
        say(`it cannot be read: ${messageOf(error)}`);
      }
    }
    after = rows.at(-1)?.id ?? '';
    if (rows.length < BATCH) return count;
  }
}

async function verifyArchives(context: StoreContext, tell: (problem: Problem) => void): Promise<number> {
  let count = 0;
  for (let after = ''; ; ) {
    const rows = await context.database.read(tx =>
      tx.db
        .selectFrom('blobs')
        .select(['id', 'received_bytes as receivedBytes', 'complete'])
        .where('kind', '=', 'archive')
        .where('id', '>', after)
        .where('id', 'in', eb =>
          eb
            .selectFrom('template_versions')
            .innerJoin('templates', 'templates.id', 'template_versions.template_id')
            .select('template_versions.archive_digest')
            .where('templates.deleted_at', 'is', null)
            .where('template_versions.draft', '=', 0),
        )
        .orderBy('id')
        .limit(BATCH)
        .execute(),
    );
    for (const { id, receivedBytes, complete } of rows) {
      count++;
      const say = (problem: string) => tell({ kind: 'archive', id, problem });
      if (complete !== 1) {
        say('it is not complete');
        continue;
      }
      try {
        const found = await digestOf(context, { id, kind: 'archive' }, receivedBytes);
        if (found !== id) say(`its content has sha256 ${found}`);
      } catch (error) {
        say(`it cannot be read: ${messageOf(error)}`);
      }
    }
    after = rows.at(-1)?.id ?? '';
    if (rows.length < BATCH) return count;
  }
}

async function digestOf(
  context: StoreContext,
  blob: { id: string; kind: 'state' | 'archive' },
  length: number,
): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of readPieces(context, blob, { offset: 0, length })) hash.update(piece);
  return hash.digest('hex');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
