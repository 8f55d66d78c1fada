import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { AttemptFolder, apply, chooseFinalState, type FinalStateChoice, readState } from '../src/index.js';
import { fileThere } from './runs.js';
import { attempt } from './setup.js';

/** Texts of the four sources; one left out is not there. */
interface Sources {
  state?: string;
  errored?: string;
  emergency?: string;
  snapshot?: string;
}

const text = (serial: number, lineage = 'ours'): string =>
  JSON.stringify({ version: 4, terraform_version: '1.11.4', serial, lineage, outputs: {}, resources: [] });

async function choose(
  sources: Sources,
  options: { succeeded?: boolean; lineage?: string | null } = {},
): Promise<FinalStateChoice> {
  const folder = AttemptFolder.create(join(tempDir(), 'attempt'));
  const run = folder.run('apply');
  mkdirSync(run.path, { recursive: true });
  if (sources.state !== undefined) writeFileSync(folder.state, sources.state);
  if (sources.errored !== undefined) writeFileSync(folder.erroredState, sources.errored);
  if (sources.snapshot !== undefined) writeFileSync(folder.keptState, sources.snapshot);
  const dump = `{"@level":"info","@message":"Emergency state dump","@module":"terraform.ui","state":${sources.emergency},"type":"log"}\n`;
  writeFileSync(run.output, sources.emergency === undefined ? 'nothing\n' : `before\n${dump}`);
  const choice = await chooseFinalState(folder, run, { succeeded: false, lineage: null, ...options });
  if (choice.chosen !== null) {
    // What was chosen can be read where it is said to be.
    const { valid, ...contents } = { valid: true, ...choice.chosen.contents };
    expect(await readState(choice.chosen.path)).toEqual({ valid, ...contents });
  }
  return choice;
}

const cut = text(9).slice(0, -1);

test.each<[string, Sources, string | null, number | null]>([
  ['nothing at all', {}, null, null],
  ['the state alone', { state: text(3) }, 'state', 3],
  ['an empty state and nothing else', { state: '' }, null, null],
  ['an empty state and a snapshot', { state: '', snapshot: text(2) }, 'snapshot', 2],
  ['a state that is cut off and a snapshot', { state: cut, snapshot: text(2) }, 'snapshot', 2],
  ['a state, and an older snapshot', { state: text(3), snapshot: text(2) }, 'state', 3],
  ['a state and a snapshot as new', { state: text(3), snapshot: text(3) }, 'state', 3],
  ['a state, and a newer snapshot', { state: text(2), snapshot: text(3) }, 'snapshot', 3],
  ['a state that could not be written', { state: text(1), errored: text(5), snapshot: text(4) }, 'errored', 5],
  ['a full disk', { state: cut, errored: '', emergency: text(6), snapshot: text(4) }, 'emergency', 6],
  [
    'a full disk, and a dump that is cut off',
    { state: cut, errored: '', emergency: cut, snapshot: text(4) },
    'snapshot',
    4,
  ],
  ['all four', { state: text(1), errored: text(2), emergency: text(4), snapshot: text(3) }, 'emergency', 4],
])('%s', async (_, sources, source, serial) => {
  const { chosen, rejected } = await choose(sources);
  expect(chosen?.source ?? null).toBe(source);
  expect(chosen?.contents.serial ?? null).toBe(serial);
  expect(rejected).toHaveLength(source === null ? 4 : 3);
});

test('a state of another lineage is never taken, not even as the only one', async () => {
  expect((await choose({ state: text(9, 'theirs'), snapshot: text(2) }, { lineage: 'ours' })).chosen?.source).toBe(
    'snapshot',
  );
  const none = await choose({ state: text(9, 'theirs') }, { lineage: 'ours' });
  expect(none.chosen).toBeNull();
  expect(none.rejected).toContainEqual({ source: 'state', why: 'other_lineage' });
});

test('after a success the state file is the newest there can be, if it is valid', async () => {
  const stale = { errored: text(9), emergency: text(9), snapshot: text(9) };
  expect((await choose({ state: text(3), ...stale }, { succeeded: true })).chosen?.source).toBe('state');
  expect((await choose({ state: '', snapshot: text(2) }, { succeeded: true })).chosen?.source).toBe('snapshot');
});

test('it says what it chose and why', async () => {
  expect((await choose({ state: '', errored: text(9, 'theirs'), snapshot: text(2) }, { lineage: 'ours' })).reason).toBe(
    'the state is taken from the last valid snapshot, serial 2 (the state file is empty; errored.tfstate belongs to another workspace)',
  );
  expect((await choose({ state: cut })).reason).toBe('there is no valid state (the state file is cut off)');
  expect((await choose({ state: text(3) })).reason).toBe('the state is taken from the state file, serial 3');
});

test('an emergency dump is copied out for its owner alone', async () => {
  const { chosen } = await choose({ emergency: text(6) });
  expect(readFileSync(chosen?.path ?? '', 'utf8')).toBe(text(6));
  expect(statSync(chosen?.path ?? '').mode & 0o777).toBe(0o600);
});

/** Only root may mount. */
const isRoot = process.getuid?.() === 0;

test.skipIf(!isRoot)(
  `a real full disk: the state comes out of the dump${isRoot ? '' : ' (skipped: needs root to mount)'}`,
  async () => {
    const folder = tempDir();
    const gate = join(folder, 'gate');
    const context = await attempt({
      'main.tf': `
resource "terraform_data" "first" {
  input = "kept"
}
resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
  input      = join("", [for i in range(1000) : "${'large'.repeat(40)}"])
  provisioner "local-exec" {
    command = "mkfifo ${gate}; cat ${gate}"
  }
}
`,
    });
    // The work directory on a disk of 64 kB: its files are copied into it.
    const { work } = context.folder;
    const moved = join(folder, 'moved');
    execFileSync('cp', ['-a', work, moved]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'berth-test', work]);
    onTestFinished(() => {
      execFileSync('umount', ['-l', work]);
    });
    execFileSync('cp', ['-a', `${moved}/.`, work]);
    const end = apply(context);
    await fileThere(gate);
    writeFileSync(gate, '');
    expect(await end).toMatchObject({ succeeded: false });
    const { chosen, reason } = await chooseFinalState(context.folder, context.folder.run('apply'), {
      succeeded: false,
      lineage: null,
    });
    expect(chosen?.source, reason).toBe('emergency');
    expect(chosen?.contents.resources.map(resource => resource.address)).toEqual([
      'terraform_data.first',
      'terraform_data.second',
    ]);
    expect(JSON.stringify(context.events)).not.toContain('largelargelarge');
  },
);
