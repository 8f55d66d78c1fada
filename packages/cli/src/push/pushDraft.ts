import { basename, resolve } from 'node:path';
import type { Client } from '@berth/client';
import { routes, type TemplateVersion } from '@berth/protocol';
import { lookForTemplate } from '../lookups/templates.js';
import type { DraftFlags } from './draftFlags.js';
import { packTemplate } from './packTemplate.js';
import { packedText } from './pushText.js';
import { uploadArchive } from './uploadArchive.js';
import { versionRequest } from './versionRequest.js';

/**
 * Pushes a folder as a draft, which nobody sees: with the tags and the engine of the template, if there is one.
 *
 * @param of the template that it may become a version of; named for the folder unless given
 */
export async function pushDraft(
  client: Client,
  of: { organization: string; template: string | undefined },
  flags: DraftFlags & { directory: string },
  tell: (text: string) => void,
): Promise<TemplateVersion> {
  const { organization, template = basename(resolve(flags.directory)) } = of;
  const packed = await packTemplate(flags.directory, flags.stack);
  try {
    tell(packedText(packed));
    const before = await lookForTemplate(client, organization, template);
    const none = { sample: undefined, message: '', 'version-name': undefined, activate: false };
    const request = await versionRequest(client, before, { ...flags, ...none });
    await uploadArchive(client, packed, process.stderr);
    const body = { ...request, archive: packed.digest, draft: true };
    return (await client.call(routes.pushVersion, { params: { organization, template }, body })).version;
  } finally {
    packed.dispose();
  }
}
