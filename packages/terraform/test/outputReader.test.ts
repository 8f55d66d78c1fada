import { execFile } from 'node:child_process';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';
import { findEmergencyState, type OutputBatch, OutputReader, readEvents, readState } from '../src/index.js';

interface Output {
  path: string;
  end: () => void;
  ended: Promise<void>;
}

function output(): Output {
  let end = (): void => undefined;
  const ended = new Promise<void>(resolve => {
    end = resolve;
  });
  return { path: join(tempDir(), 'out'), end, ended };
}

function textOf(batches: readonly OutputBatch[]): string {
  const parts = batches.flatMap(batch => batch.parts);
  return parts.map(part => (part.kind === 'emergency_dump' ? '' : part.text)).join('\n');
}

const MiB = 1024 * 1024;

test('lines come while the file grows, and the reading ends when all of it is read', async () => {
  const { path, end, ended } = output();
  const reader = new OutputReader({ path, ended });
  const batches = reader.batches();
  const first = batches.next();
  appendFileSync(path, 'one\ntw');
  expect((await first).value).toMatchObject({ parts: [{ kind: 'line', text: 'one' }], end: 4 });
  const second = batches.next();
  appendFileSync(path, 'o\n');
  expect((await second).value).toMatchObject({ parts: [{ text: 'two' }], end: 8 });
  // Written before the end, read after it.
  appendFileSync(path, 'three');
  end();
  expect((await batches.next()).value).toMatchObject({ parts: [{ text: 'three' }], end: 13 });
  expect((await batches.next()).done).toBe(true);
});

test('what is appended while the reader looks at the end of the file, just before the last moment, is not lost', async () => {
  for (let ticks = 0; ticks < 40; ticks++) {
    const { path, end, ended } = output();
    writeFileSync(path, 'one\n');
    const batches = new OutputReader({ path, ended }).batches();
    await batches.next();
    const last = batches.next();
    // At some of these moments a read is under way that has met the end of the file.
    for (let i = 0; i < ticks; i++) await null;
    appendFileSync(path, 'two\n');
    end();
    expect((await last).value).toMatchObject({ parts: [{ text: 'two' }] });
    expect((await batches.next()).done).toBe(true);
  }
});

test('a later reader goes on where the first one was', async () => {
  const { path, end, ended } = output();
  writeFileSync(path, 'one\ntwo\nthree\n');
  end();
  const [all] = await collect(new OutputReader({ path, ended }));
  expect(all?.end).toBe(14);
  expect(textOf(await collect(new OutputReader({ path, ended, from: 4 })))).toBe('two\nthree');
});

test('a run that ended before it made its file has no output', async () => {
  const { path, end, ended } = output();
  end();
  expect(await collect(new OutputReader({ path, ended }))).toEqual([]);
});

test('a closed reader ends, at a file that is not there and at one that does not grow', async () => {
  const { path, ended } = output();
  const waiting = new OutputReader({ path, ended });
  const none = collect(waiting);
  waiting.close();
  expect(await none).toEqual([]);
  writeFileSync(path, 'one\n');
  const idle = new OutputReader({ path, ended });
  const some = idle.batches();
  await some.next();
  const last = some.next();
  idle.close();
  expect((await last).done).toBe(true);
});

test('what is released takes no space any more, while a program appends, and no line is lost', async () => {
  const { path, end, ended } = output();
  writeFileSync(path, '');
  const reader = new OutputReader({ path, ended });
  const lines = 200_000;
  // A writer in a process of its own, which knows of no hole.
  const writer = execWriter(path, lines).then(end);
  let next = 0;
  for await (const batch of reader.batches()) {
    for (const part of batch.parts) {
      if (part.kind !== 'line' || !part.text.startsWith(`${next} `)) throw new Error(`line ${next} is lost`);
      next++;
    }
    reader.release(batch.end);
  }
  await writer;
  expect(next).toBe(lines);
  const { size, blocks } = statSync(path);
  expect(size).toBeGreaterThan(20 * MiB);
  expect(blocks * 512).toBeLessThan(12 * MiB);
});

test('where no hole can be made the file is kept and all is read', async () => {
  const { path, end, ended } = output();
  writeFileSync(path, 'x'.repeat(99).concat('\n').repeat(50_000));
  end();
  const before = process.env.PATH;
  process.env.PATH = tempDir();
  try {
    const reader = new OutputReader({ path, ended });
    let lines = 0;
    for await (const batch of reader.batches()) {
      lines += batch.parts.length;
      reader.release(batch.end);
    }
    expect(lines).toBe(50_000);
    expect(statSync(path).blocks * 512).toBeGreaterThan(4 * MiB);
  } finally {
    process.env.PATH = before;
  }
});

const state = {
  version: 4,
  terraform_version: '1.11.4',
  serial: 7,
  lineage: 'l',
  outputs: {},
  resources: [],
  secret: 'hunter22'.repeat(100_000),
};
const dump = `{"@level":"info","@message":"Emergency state dump","@module":"terraform.ui","@timestamp":"2026-01-01T00:00:00Z","state":${JSON.stringify(state)},"type":"log"}\n`;

test('an emergency dump stays out of the log, is never released, and can be read as a state', async () => {
  const { path, end, ended } = output();
  const before = `${'x'.repeat(99)}\n`.repeat(90_000);
  writeFileSync(path, before + dump + before);
  end();
  const reader = new OutputReader({ path, ended });
  const messages: string[] = [];
  for await (const batch of readEvents(reader)) {
    messages.push(...batch.events.map(event => event.message));
    reader.release(batch.end);
  }
  expect(messages.join('\n')).not.toContain('hunter22');
  expect(messages.filter(message => message.includes('state could not be written'))).toHaveLength(1);
  const range = await findEmergencyState(path);
  if (range === null) throw new Error('not found');
  const { start } = range;
  expect(start).toBeGreaterThan(before.length);
  expect(await readState(path, { range })).toMatchObject({ valid: true, serial: 7, lineage: 'l' });
  // What stood before it was freed.
  expect(
    readFileSync(path)
      .subarray(0, 8 * MiB)
      .every(byte => byte === 0),
  ).toBe(true);
});

test('an emergency dump is found across the borders of what is read at once, the last one of two, and cut off', async () => {
  for (const padding of [0, MiB - 600, MiB - 520, MiB - 300, MiB - 40, MiB - 1, MiB]) {
    const path = join(tempDir(), 'out');
    const old = dump.replace('"serial":7', '"serial":6');
    writeFileSync(path, `${'x'.repeat(padding)}\n${old}${dump}${'y'.repeat(100)}\n`);
    const range = await findEmergencyState(path);
    if (range === null) throw new Error('not found');
    expect(await readState(path, { range })).toMatchObject({ valid: true, serial: 7 });
    writeFileSync(path, `${'x'.repeat(padding)}\n${dump.slice(0, -100_000)}`);
    const cut = await findEmergencyState(path);
    if (cut === null) throw new Error('not found');
    expect(await readState(path, { range: cut })).toEqual({ valid: false, fault: 'truncated' });
  }
});

test('an output without one has none', async () => {
  const path = join(tempDir(), 'out');
  writeFileSync(path, 'a\nb\n');
  expect(await findEmergencyState(path)).toBeNull();
});

async function collect(reader: OutputReader): Promise<OutputBatch[]> {
  const batches: OutputBatch[] = [];
  for await (const batch of reader.batches()) batches.push(batch);
  return batches;
}

/** Appends numbered lines of about 120 bytes. */
async function execWriter(path: string, lines: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    execFile('awk', [`BEGIN { for (i = 0; i < ${lines}; i++) print i " ${'x'.repeat(110)}" >> "${path}" }`], error =>
      error === null ? resolve() : reject(error),
    );
  });
}
