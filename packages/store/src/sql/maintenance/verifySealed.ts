import type { Problem } from '../../contract/maintenance.js';
import type { StoreContext } from '../context.js';
import { readSealed, sealedColumns } from './sealedColumns.js';

/** Opens every sealed value but the contents of blobs. */
export async function verifySealed(context: StoreContext, tell: (problem: Problem) => void): Promise<void> {
  for (const column of sealedColumns) {
    for await (const { key, place, sealed } of readSealed(context, column)) {
      try {
        context.vault.open(sealed, place);
      } catch {
        const id = Object.values(key).join('/');
        tell({ kind: 'sealed', id, problem: `${column.table}.${column.column} cannot be opened` });
      }
    }
  }
}
