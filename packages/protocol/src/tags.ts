import { z } from 'zod';
import { BerthError } from './errors.js';
import { limits } from './limits.js';

/**
 * The tags of a job or a daemon, the implicit `scope` and `owner` included. Made by {@link tagSet} alone, so every one
 * has been checked.
 */
export type TagSet = Readonly<Record<string, string>>;

/** Whom a daemon serves or a template version belongs to: the organization, or one user of it. */
export type TagScope = { scope: 'organization' } | { scope: 'user'; owner: string };

const keyPattern = /^[a-zA-Z0-9._\-/]{1,64}$/;

/** Wire form of a tag set that the coordinator has made. */
export const tagSetSchema = z.record(z.string(), z.string());

/**
 * Makes the tag set of a request: checks what the user gave and adds the implicit tags.
 *
 * @param requested tags as the user named them; may hold `scope` (`organization` or `user`), never `owner`
 * @param userId owner of the set when its scope is `user`
 * @throws BerthError `invalid_tag` or `reserved_tag`, naming the tag
 */
export function tagSet(requested: Record<string, string>, userId: string): TagSet {
  checkTags(requested);
  const own = Object.entries(requested).filter(([key]) => key !== 'scope');
  const scope = requested.scope ?? 'organization';
  return Object.fromEntries([...own, ['scope', scope], ['owner', scope === 'user' ? userId : '']]);
}

/** The tags of a set that its user gave: without the implicit ones. */
export function ownTags(tags: TagSet): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => key !== 'scope' && key !== 'owner'));
}

/**
 * Whether a daemon with `daemon` tags may run a job with `job` tags:
 * 1. a job without tags of its own, of organization scope, runs only on a daemon whose tags are exactly the same;
 * 2. any other job runs on a daemon that has each of the job's tags with the same value; the daemon may have more.
 */
export function tagsMatch(job: TagSet, daemon: TagSet): boolean {
  if (isUntagged(job)) return isUntagged(daemon);
  return missingTags(job, daemon).length === 0;
}

/** Whether a set holds nothing but the implicit tags of organization scope. */
export function isUntagged(tags: TagSet): boolean {
  return tags.scope === 'organization' && Object.keys(tags).length === 2;
}

/** The job's tags that the daemon has not, or has with another value. */
export function missingTags(job: TagSet, daemon: TagSet): { key: string; wanted: string; has: string | null }[] {
  return Object.entries(job)
    .filter(([key, value]) => daemon[key] !== value)
    .map(([key, wanted]) => ({ key, wanted, has: daemon[key] ?? null }));
}

/** One text for one set, whatever the order of its keys: what sets are interned and compared by. */
export function tagSetKey(tags: TagSet): string {
  return JSON.stringify(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Reads `KEY=VALUE` flags. A later flag of the same key wins. Throws `invalid_tag`. */
export function parseTagFlags(flags: readonly string[]): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const flag of flags) {
    const at = flag.indexOf('=');
    if (at < 1) throw new BerthError('invalid_tag', `'${flag}' is not a tag`, { hint: 'Write KEY=VALUE.' });
    tags[flag.slice(0, at)] = flag.slice(at + 1);
  }
  checkTags(tags);
  return tags;
}

/** `key=value key=value`, the user's own tags first; empty values shown as `key=`. */
export function formatTags(tags: TagSet): string {
  const implicit = ['scope', ...(tags.owner === '' ? [] : ['owner'])].filter(key => key in tags);
  return [...Object.keys(ownTags(tags)).sort(), ...implicit].map(key => `${key}=${tags[key]}`).join(' ');
}

function checkTags(tags: Record<string, string>): void {
  for (const [key, value] of Object.entries(tags)) {
    if (!keyPattern.test(key)) {
      throw new BerthError('invalid_tag', `the tag key '${key}' is not valid`, {
        hint: 'A key has 1 to 64 of the letters a-z A-Z, digits, and . _ - /',
      });
    }
    if (value.length > limits.tagValueCharacters) {
      throw new BerthError('invalid_tag', `the value of tag '${key}' has ${value.length} characters`, {
        hint: `At most ${limits.tagValueCharacters} are allowed.`,
      });
    }
  }
  if ('owner' in tags) throw new BerthError('reserved_tag', `the tag 'owner=${tags.owner}' cannot be given`);
  if (tags.scope !== undefined && tags.scope !== 'organization' && tags.scope !== 'user') {
    throw new BerthError('reserved_tag', `the tag 'scope=${tags.scope}' cannot be given`);
  }
  if (Object.keys(tags).length > limits.tags) {
    throw new BerthError('invalid_tag', `${Object.keys(tags).length} tags were given`, {
      hint: `At most ${limits.tags} are allowed.`,
    });
  }
}
