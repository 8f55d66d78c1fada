import { beforeAll, expect, test, vi } from 'vitest';
import { makeColours } from '../src/output/colour.js';
import { planText } from '../src/show/planText.js';
import { onTerminal } from './berth.js';
import { useSite, writeTemplate } from './site.js';

// Many commands one after the other, on a machine that may have other work.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const site = useSite();

const v1 = `
variable "berth" { type = object({ start_count = number }) }
variable "disk" {
  type    = string
  default = "small"
}
variable "image" {
  type    = string
  default = "a"
}
resource "terraform_data" "volume" { triggers_replace = var.disk }
resource "terraform_data" "pod" {
  count = var.berth.start_count
  input = var.image
}`;
/** It makes the volume anew. */
const v2 = v1.replace('triggers_replace = var.disk', 'triggers_replace = [var.disk, "ext4"]');

beforeAll(async () => {
  await site.startDaemon('one');
  const pushed = await site.run('templates', 'push', '-d', writeTemplate(site.folder, 'disks', v1), '--yes');
  if (pushed.code !== 0) throw new Error(pushed.stderr);
  const made = await site.run('create', 'dev', '-t', 'disks');
  if (made.code !== 0) throw new Error(made.stderr);
});

test('a version is planned for a new workspace and for one that there is', async () => {
  const fresh = await site.run('templates', 'plan', 'disks', '-p', 'image=b');
  expect(fresh.code).toBe(0);
  expect(fresh.stdout).toBe(
    '+ terraform_data.pod[0]: create\n+ terraform_data.volume: create\n\nPlan: 2 to add, 0 to change, 0 to destroy.\n',
  );
  const update = await site.run('templates', 'plan', 'disks', '--workspace', 'dev', '-p', 'image=b');
  expect(update.stdout).toBe(
    '~ terraform_data.pod[0]: change\n    input: "a" → "b"\n\nPlan: 0 to add, 1 to change, 0 to destroy.\n',
  );
  expect((await site.run('templates', 'plan', 'disks', '-w', 'dev')).stdout).toBe('Nothing would change.\n');
  expect((await site.run('templates', 'plan', 'disks', '-p', 'dsk=b')).stderr).toContain("did you mean 'disk'?");
  expect((await site.run('templates', 'plan')).code).toBe(2);
});

test('a folder is planned before it is pushed, and leaves no version', async () => {
  const folder = writeTemplate(`${site.folder}/next`, 'disks', v2);
  const planned = await site.run('templates', 'plan', '-d', folder, '-w', 'dev', '--json');
  expect(planned.code).toBe(0);
  expect(JSON.parse(planned.stdout)).toMatchObject({
    workspace: { name: 'dev' },
    plan: { add: 1, change: 0, remove: 1 },
    changes: [{ address: 'terraform_data.volume', action: 'replace', survivesStop: true }],
  });
  expect((await site.run('templates', 'versions', 'disks')).stdout).not.toContain('draft');

  const other = writeTemplate(site.folder, 'unseen', v1);
  expect((await site.run('templates', 'plan', '-d', other)).stdout).toContain('Plan: 2 to add');
  expect((await site.run('templates', 'list')).stdout).not.toContain('unseen');
  const broken = await site.run('templates', 'plan', '-d', writeTemplate(site.folder, 'broken', 'resource "a" {'));
  expect(broken.code).toBe(1);
  expect(broken.stderr).toContain('✗ The folder cannot be imported, so there is no plan.');
});

test('what a stop leaves is not replaced without a word: asked on a terminal, refused elsewhere, done with --yes', async () => {
  const refused = await site.run('start', 'dev', '-p', 'disk=big');
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain(
    'Warning: a stop of dev leaves these, and this would not:\n  ± terraform_data.volume: replace',
  );
  expect(refused.stderr).toContain(
    "Error: what terraform_data.volume holds would be lost\n  Nothing was changed. '--yes'",
  );
  const shown = await site.run('start', 'dev', '-p', 'disk=big', '--plan');
  expect(shown.code).toBe(0);
  expect(shown.stdout).toContain('    triggers_replace: "small" → "big"  forces the replacement\n');

  const terminal = onTerminal(['start', 'dev', '-p', 'disk=big'], site.env);
  await terminal.until(/Go on all the same\?/);
  terminal.write('\r');
  await terminal.until(/Nothing was changed\./);
  expect(await terminal.ended).toBe(0);
  expect((await site.run('show', 'dev')).stdout).toMatch(/^build +1 /m);

  const pushed = await site.run('templates', 'push', 'disks', '-d', `${site.folder}/next/disks`, '--yes');
  expect(pushed.code).toBe(0);
  expect((await site.run('update', 'dev')).code).toBe(3);
  expect((await site.run('update', 'dev', '--plan')).stdout).toContain('± terraform_data.volume: replace');
  const updated = await site.run('update', 'dev', '--yes');
  expect(updated.code).toBe(0);
  expect(updated.stderr).toContain('Warning: a stop of dev');
  expect((await site.run('restart', 'dev', '-p', 'disk=huge')).code).toBe(3);
  expect((await site.run('show', 'dev')).stdout).toMatch(/^status +running$/m);
  // What a stop takes along is changed at once, and nothing is looked at where it is not to be.
  const image = await site.run('start', 'dev', '-p', 'image=c');
  expect(image.stderr).not.toContain('Warning');
  const unseen = await site.run('start', 'dev', '-p', 'disk=tiny', '--no-plan');
  expect(unseen.code).toBe(0);
  expect(unseen.stderr).not.toContain('== plan');
});

test('a plan is told by its changes, in order, with reasons and without control characters', () => {
  const base = { reason: null, previousAddress: null, attributes: [], survivesStop: null };
  const text = planText(
    {
      plan: { add: 0, change: 0, remove: 2 },
      changes: [
        { ...base, address: 'b\u001b[2J', action: 'delete', reason: 'delete_because_count_index', survivesStop: true },
        { ...base, address: 'c', action: 'move', previousAddress: 'old' },
        { ...base, address: 'a', action: 'replace', reason: 'tainted', survivesStop: false },
        { ...base, address: 'd', action: 'no-op' },
      ],
    },
    makeColours(false),
  );
  expect(text).toBe(
    [
      '± a: replace, it was left half made',
      '- b: destroy, the template makes fewer of them (what it holds is lost)',
      '> c: move from old',
      '',
      'Plan: 0 to add, 0 to change, 2 to destroy.',
    ].join('\n'),
  );
});
