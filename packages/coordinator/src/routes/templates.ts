import { BERTH_VARIABLE, BerthError, isUntagged, type TagSet, tagSet, templateRoutes } from '@berth/protocol';
import type { TemplateVersionRecord } from '@berth/store';
import type { UserActor } from '../access/actor.js';
import { audit } from '../access/audit.js';
import { findOrganization, findTemplate } from '../access/find.js';
import { checkSize } from '../builds/buildParameters.js';
import type { Core } from '../core.js';
import { asUser, type Endpoint } from '../http/endpoint.js';
import { JobViews } from '../views/jobViews.js';
import { pageView } from '../views/page.js';
import { templateView, versionView } from '../views/templates.js';

/** Pushes, and what is done with a template as a whole. */
export function templateEndpoints(core: Pick<Core, 'store' | 'scheduler'>): Endpoint[] {
  const { store, scheduler } = core;
  return [
    asUser(templateRoutes.pushVersion, async ({ actor, params, body }) => {
      const organization = await findOrganization(store, actor, 'template.push', params.organization);
      if (BERTH_VARIABLE in body.variables) {
        throw new BerthError('invalid_parameter', `the variable '${BERTH_VARIABLE}' is set by the coordinator`, {
          fields: { [`variables.${BERTH_VARIABLE}`]: 'cannot be given' },
        });
      }
      checkSize({ ...body.samples, ...body.variables });
      const active = await activeVersion(core, organization.id, params.template);
      const { tags, keptTags } = tagsOf(actor, body.tags, active);
      const { version, created } = await store.templates.push({
        organizationId: organization.id,
        template: params.template,
        name: body.name,
        message: body.message,
        createdBy: actor.user.id,
        archive: body.archive,
        tags,
        pinned: body.variables,
        samples: body.samples,
        activate: body.activate && !body.draft,
        draft: body.draft,
        engine: body.engine ?? active?.engine ?? null,
      });
      void scheduler.jobReady(version.job, version.archive.digest);
      const target = { kind: 'template', id: version.template.id, name: version.template.name };
      await audit(store, actor, 'template.push', target, organization.id, {
        version: version.name,
        created,
        ...(body.draft ? { draft: true } : {}),
      });
      return { version: await versionView(version, new JobViews(core)), created, keptTags };
    }),

    asUser(templateRoutes.listTemplates, async ({ actor, params, query }) => {
      const organization = await findOrganization(store, actor, 'organization.read', params.organization);
      const filter = { organizationId: organization.id, name: query.name };
      return pageView(await store.templates.list(filter, query), templateView);
    }),

    asUser(templateRoutes.getTemplate, async ({ actor, params }) => {
      return templateView(await findTemplate(store, actor, 'template.read', params.template));
    }),

    asUser(templateRoutes.editTemplate, async ({ actor, params, body }) => {
      const before = await findTemplate(store, actor, 'template.edit', params.template);
      const after = await store.templates.edit(before.id, body);
      const target = { kind: 'template', id: after.id, name: after.name };
      const changes = Object.entries(body).flatMap(([field, value]) => (value === undefined ? [] : [[field, value]]));
      await audit(store, actor, 'template.edit', target, after.organization.id, Object.fromEntries(changes));
      return templateView(after);
    }),

    asUser(templateRoutes.deleteTemplate, async ({ actor, params }) => {
      const { id, name, organization } = await findTemplate(store, actor, 'template.delete', params.template);
      await store.templates.remove(id);
      await audit(store, actor, 'template.delete', { kind: 'template', id, name }, organization.id);
      return {};
    }),
  ];
}

async function activeVersion(
  { store }: Pick<Core, 'store'>,
  organizationId: string,
  name: string,
): Promise<TemplateVersionRecord | null> {
  const template = await store.templates.byName(organizationId, name);
  const id = template?.activeVersion?.id;
  return id === undefined ? null : store.templates.version(id);
}

/** The tags of a new version: those given, else those of the active version. */
function tagsOf(
  actor: UserActor,
  given: Record<string, string> | null,
  active: TemplateVersionRecord | null,
): { tags: TagSet; keptTags: boolean } {
  if (given !== null || active === null) return { tags: tagSet(given ?? {}, actor.user.id), keptTags: false };
  return { tags: active.tags, keptTags: !isUntagged(active.tags) };
}
