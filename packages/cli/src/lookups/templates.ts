import { type Client, listAll } from '@berth/client';
import { BerthError, routes, type Template, type TemplateVersion } from '@berth/protocol';

/** The template of this name, or null. */
export async function lookForTemplate(client: Client, organization: string, name: string): Promise<Template | null> {
  for await (const template of listAll(client, routes.listTemplates, { params: { organization }, query: { name } })) {
    if (template.name === name) return template;
  }
  return null;
}

/** @throws BerthError `not_found` */
export async function findTemplate(client: Client, organization: string, name: string): Promise<Template> {
  const template = await lookForTemplate(client, organization, name);
  if (template !== null) return template;
  throw new BerthError('not_found', `there is no template '${name}' in organization '${organization}'`, {
    hint: "'berth templates list' shows those that there are.",
  });
}

/** The version to show when none was named: the active one, or of a template that has none the newest. */
export async function findShownVersion(client: Client, template: Template, name?: string): Promise<TemplateVersion> {
  if (name === undefined && template.activeVersion === null) {
    for await (const newest of listAll(client, routes.listVersions, { params: { template: template.id } }))
      return newest;
  }
  return findVersion(client, template, name);
}

/**
 * The version of this name, or the active one.
 *
 * @throws BerthError `not_found`, `no_active_version`
 */
export async function findVersion(client: Client, template: Template, name?: string): Promise<TemplateVersion> {
  if (name === undefined) {
    if (template.activeVersion === null) {
      throw new BerthError('no_active_version', `template '${template.name}' has no version that can be used`);
    }
    return client.call(routes.getVersion, { params: { version: template.activeVersion.id } });
  }
  const input = { params: { template: template.id }, query: { name } };
  for await (const version of listAll(client, routes.listVersions, input)) {
    if (version.name === name) return version;
  }
  throw new BerthError('not_found', `template '${template.name}' has no version '${name}'`, {
    hint: `'berth templates versions ${template.name}' lists them.`,
  });
}
