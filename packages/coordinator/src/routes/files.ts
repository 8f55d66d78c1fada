import { BerthError, limits, templateRoutes } from '@berth/protocol';
import { authorize } from '../access/authorize.js';
import type { Core } from '../core.js';
import { asUser, type Endpoint } from '../http/endpoint.js';
import { octets } from '../http/octets.js';

/** Uploads of template archives, by digest, before the push that names them. */
export function fileEndpoints({ store }: Pick<Core, 'store'>): Endpoint[] {
  const archives = { kind: 'archive', organization: null };
  return [
    asUser(templateRoutes.fileStatus, async ({ actor, params }) => {
      authorize(actor, 'file.upload', archives);
      return store.blobs.status({ kind: 'archive', digest: params.digest });
    }),

    asUser(templateRoutes.uploadFile, async ({ actor, params, query: { size, offset }, request }) => {
      authorize(actor, 'file.upload', archives);
      if (size > limits.archivePackedBytes) {
        throw new BerthError('limit_exceeded', `an archive of ${size} bytes is too large`, {
          hint: `At most ${limits.archivePackedBytes / 1024 / 1024} MiB are allowed.`,
        });
      }
      return store.blobs.write(
        { kind: 'archive', digest: params.digest },
        { sizeBytes: size, offset, content: octets(request) },
      );
    }),
  ];
}
