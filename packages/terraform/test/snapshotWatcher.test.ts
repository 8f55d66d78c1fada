import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { apply, type Clock, type EngineEvent, readState, SnapshotWatcher, type StateFacts } from '../src/index.js';
import { attempt } from './setup.js';

/** A clock that moves when it is told. */
class TestClock implements Clock {
  time = 0;
  /** How long a look takes: the clock moves by it between the two questions for the time of each look. */
  lookMs = 0;
  private asked = 0;
  private timer: { at: number; callback: () => void } | null = null;
  private waiting: (() => void) | null = null;

  now(): number {
    if (this.asked++ % 2 === 1) this.time += this.lookMs;
    return this.time;
  }

  after(ms: number, callback: () => void): () => void {
    this.timer = { at: this.time + ms, callback };
    this.waiting?.();
    return () => {
      this.timer = null;
    };
  }

  get isSet(): boolean {
    return this.timer !== null;
  }

  /** When the next look is due, once it is known. */
  async due(): Promise<number> {
    if (this.timer === null) {
      await new Promise<void>(resolve => {
        this.waiting = resolve;
      });
    }
    return this.timer?.at ?? Number.NaN;
  }

  /** Begins the next look. */
  fire(): void {
    const timer = this.timer;
    this.timer = null;
    this.time = timer?.at ?? this.time;
    timer?.callback();
  }

  /** Moves on to the next look, and waits until it is done. Returns when it began. */
  async look(): Promise<number> {
    const at = await this.due();
    this.fire();
    await this.due();
    return at;
  }
}

interface Watched {
  clock: TestClock;
  state: string;
  kept: string;
  snapshots: StateFacts[];
  errors: unknown[];
  watcher: SnapshotWatcher;
}

function watched(initialSha256: string | null = null): Watched {
  const folder = tempDir();
  const [state, kept] = [join(folder, 'terraform.tfstate'), join(folder, 'kept.tfstate')];
  const clock = new TestClock();
  const snapshots: StateFacts[] = [];
  const errors: unknown[] = [];
  const watcher = new SnapshotWatcher({
    state,
    kept,
    initialSha256,
    onSnapshot: snapshot => snapshots.push(snapshot),
    onError: error => errors.push(error),
    clock,
  });
  onTestFinished(() => watcher.stop());
  watcher.start();
  return { clock, state, kept, snapshots, errors, watcher };
}

const text = (serial: number): string =>
  JSON.stringify({ version: 4, terraform_version: '1.11.4', serial, lineage: 'l', outputs: {}, resources: [] });

let writes = 0;
/** Writes in place; with a time of its own, since two writes may fall into one tick of the file system's clock. */
function write(path: string, content: string): void {
  writeFileSync(path, content);
  const time = new Date(1_700_000_000_000 + ++writes * 1000);
  utimesSync(path, time, time);
}

test('each new valid state is a snapshot once, and a copy of the last one is kept', async () => {
  const { clock, state, kept, snapshots } = watched();
  await clock.look();
  expect(snapshots).toEqual([]);
  write(state, text(1));
  await clock.look();
  expect(snapshots).toMatchObject([{ serial: 1, lineage: 'l', sizeBytes: text(1).length }]);
  await clock.look();
  expect(snapshots).toHaveLength(1);
  // Written again with the same content.
  write(state, text(1));
  await clock.look();
  expect(snapshots).toHaveLength(1);
  write(state, text(2));
  await clock.look();
  expect(snapshots).toHaveLength(2);
  expect(readFileSync(kept, 'utf8')).toBe(text(2));
});

test('an empty or cut state is none, is looked at again soon, and leaves the kept copy', async () => {
  const { clock, state, kept, snapshots } = watched();
  write(state, text(1));
  await clock.look();
  for (const broken of ['', text(2).slice(0, -1)]) {
    write(state, broken);
    const at = await clock.look();
    expect((await clock.due()) - at).toBe(100);
  }
  expect(snapshots).toHaveLength(1);
  expect(readFileSync(kept, 'utf8')).toBe(text(1));
  write(state, text(3));
  const at = await clock.look();
  expect(snapshots.map(snapshot => snapshot.serial)).toEqual([1, 3]);
  expect((await clock.due()) - at).toBe(1_000);
});

test.each([
  [0, 1_000],
  [50, 1_000],
  [500, 4_500],
  [3_000, 27_000],
])(
  'when a look takes %i ms, the next one comes %i ms later: a tenth of the time is spent reading',
  async (lookMs, rest) => {
    const { clock, state } = watched();
    write(state, text(1));
    clock.lookMs = lookMs;
    const at = await clock.look();
    expect((await clock.due()) - at - lookMs).toBe(rest);
  },
);

test('the state that the run began with is no snapshot, but is kept', async () => {
  const folder = tempDir();
  writeFileSync(join(folder, 'state'), text(1));
  const initial = await readState(join(folder, 'state'));
  const { clock, state, kept, snapshots } = watched(initial.valid ? initial.sha256 : null);
  write(state, text(1));
  await clock.look();
  expect(snapshots).toEqual([]);
  expect(readFileSync(kept, 'utf8')).toBe(text(1));
});

test('a copy that fails is told, and the watching goes on', async () => {
  const { clock, state, kept, snapshots, errors } = watched();
  mkdirSync(join(kept, 'in the way'), { recursive: true });
  write(state, text(1));
  await clock.look();
  expect(errors).toHaveLength(1);
  rmSync(kept, { recursive: true });
  await clock.look();
  expect(snapshots).toHaveLength(1);
});

test('stopped, before, while or after it looks, it looks no more', async () => {
  const { clock, state, snapshots, watcher } = watched();
  write(state, text(1));
  clock.fire();
  await watcher.stop();
  // The look under way was waited for.
  expect(snapshots).toHaveLength(1);
  expect(clock.isSet).toBe(false);
  await watcher.stop();
  watcher.start();
  expect(clock.isSet).toBe(false);
  const { clock: other, watcher: idle } = watched();
  expect(other.isSet).toBe(true);
  await idle.stop();
  expect(other.isSet).toBe(false);
});

test('while real terraform works, only whole states are taken, in order', async () => {
  const context = await attempt({
    'main.tf': `
resource "terraform_data" "many" {
  count = 20
  input = join(",", [for i in range(1000) : tostring(i)])
}

resource "terraform_data" "last" {
  depends_on = [terraform_data.many]

  provisioner "local-exec" {
    command = "until [ -e looked ]; do sleep 0.02; done"
  }
}
`,
  });
  const clock = new TestClock();
  const snapshots: StateFacts[] = [];
  const watcher = new SnapshotWatcher({
    state: context.folder.state,
    kept: context.folder.keptState,
    initialSha256: null,
    onSnapshot: snapshot => {
      // The callback comes with the copy in place.
      const copy = JSON.parse(readFileSync(context.folder.keptState, 'utf8'));
      expect(copy.serial).toBe(snapshot.serial);
      snapshots.push(snapshot);
    },
    onError: error => {
      throw error;
    },
    clock,
  });
  watcher.start();
  const onEvents = async (events: EngineEvent[]): Promise<void> => {
    // Most of these looks meet it writing.
    await clock.look();
    if (!events.some(event => event.type === 'provision_start')) return;
    // Until the provisioner is let go, nothing is written.
    while (snapshots.length === 0) await clock.look();
    writeFileSync(join(context.folder.work, 'looked'), '');
  };
  expect((await apply({ ...context, onEvents })).succeeded).toBe(true);
  await clock.look();
  await watcher.stop();
  const serials = snapshots.map(snapshot => snapshot.serial);
  expect(serials).toEqual([...new Set(serials)].sort((a, b) => a - b));
  expect(readFileSync(context.folder.keptState)).toEqual(readFileSync(context.folder.state));
  expect(snapshots.length).toBeGreaterThan(1);
});
