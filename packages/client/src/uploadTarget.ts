import { routes } from '@berth/protocol';
import type { Client } from './client.js';

interface UploadStatus {
  receivedBytes: number;
  complete: boolean;
}

/** Where a content goes that is uploaded slice by slice. */
export interface UploadTarget {
  status(signal: AbortSignal | undefined): Promise<UploadStatus>;
  send(slice: Blob, at: { offset: number; size: number }, signal: AbortSignal | undefined): Promise<UploadStatus>;
}

/** Template archives, before the push that names them. */
export function archiveTarget(client: Client, digest: string): UploadTarget {
  const params = { digest };
  return {
    status: signal => client.call(routes.fileStatus, { params, ...given(signal) }),
    async send(bytes, query, signal) {
      const response = await client.send(routes.uploadFile, { params, query, bytes, ...given(signal) });
      return routes.uploadFile.response.parse(await response.json());
    },
  };
}

/** States of a workspace, before the push that names them. */
export function stateTarget(client: Client, workspace: string, digest: string): UploadTarget {
  const params = { workspace, digest };
  return {
    status: signal => client.call(routes.stateUploadStatus, { params, ...given(signal) }),
    async send(bytes, query, signal) {
      const response = await client.send(routes.uploadState, { params, query, bytes, ...given(signal) });
      return routes.uploadState.response.parse(await response.json());
    },
  };
}

function given(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
