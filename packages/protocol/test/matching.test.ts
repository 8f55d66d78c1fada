import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canRun,
  type DaemonCapabilities,
  type JobRequirements,
  mismatches,
  missingTags,
  type TagSet,
  tagsMatch,
} from '../src/index.js';

interface Row {
  name: string;
  daemon: DaemonCapabilities;
  job: JobRequirements;
  runs: boolean;
}
const rows: Row[] = JSON.parse(readFileSync(join(import.meta.dirname, '../../../fixtures/tags.json'), 'utf8'));

describe('the table of fixtures/tags.json', () => {
  test.each(rows)('$name', ({ daemon, job, runs }) => {
    expect(canRun(job, daemon)).toBe(runs);
    expect(mismatches(job, daemon).length === 0).toBe(runs);
  });

  test('holds the 20 rows on tags, and rows on each equality', () => {
    expect(rows.filter(row => row.name.startsWith('tags ')).length).toBe(20);
    const kinds = new Set(rows.flatMap(row => mismatches(row.job, row.daemon).map(mismatch => mismatch.kind)));
    expect([...kinds].sort()).toEqual(['engine', 'engine_version', 'organization', 'provider', 'tag', 'tagged_daemon']);
  });
});

const organizationTags = fc
  .dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2', ''))
  .map((own): TagSet => ({ ...own, scope: 'organization', owner: '' }));

test('tagsMatch and mismatches agree on every pair of sets', () => {
  fc.assert(
    fc.property(organizationTags, organizationTags, (jobTags, daemonTags) => {
      const engine = { name: 'terraform' as const, version: '1.11.4' };
      const job = { organization: 'o', provider: 'built-in', engine: null, minimumEngineVersion: null, tags: jobTags };
      const daemon = { organization: 'o', provider: 'built-in', engine, tags: daemonTags };
      expect(tagsMatch(jobTags, daemonTags)).toBe(canRun(job, daemon));
    }),
  );
});

test('a tagged job runs wherever each of its tags stands, whatever else does', () => {
  fc.assert(
    fc.property(organizationTags, organizationTags, (jobTags, daemonTags) => {
      fc.pre(Object.keys(jobTags).length > 2);
      expect(tagsMatch(jobTags, { ...daemonTags, ...jobTags })).toBe(true);
      expect(tagsMatch(jobTags, daemonTags)).toBe(missingTags(jobTags, daemonTags).length === 0);
    }),
  );
});
