import { type Client, uploadFile } from '@berth/client';
import { size } from '../output/size.js';
import type { PackedTemplate } from './packTemplate.js';

/** Below this no progress is shown: it is over before it could be read. */
const worthShowingBytes = 1024 * 1024;

/**
 * Uploads a template's archive unless the coordinator has it already; shows how far it is on a terminal.
 *
 * @returns bytes that had to be sent
 */
export async function uploadArchive(
  client: Client,
  packed: PackedTemplate,
  terminal: { isTTY?: boolean; write(text: string): unknown },
): Promise<number> {
  const shown = terminal.isTTY === true && packed.sizeBytes > worthShowingBytes;
  try {
    return await uploadFile(client, {
      digest: packed.digest,
      content: packed.content,
      onProgress: (received, whole) => {
        if (shown) terminal.write(`\r\u001b[KUploading ${size(received)} of ${size(whole)}`);
      },
    });
  } finally {
    if (shown) terminal.write('\r\u001b[K');
  }
}
