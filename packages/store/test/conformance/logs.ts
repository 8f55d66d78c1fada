import { limits, timings } from '@berth/protocol';
import { describe, expect, test } from 'vitest';
import { expectError, makeWorld, type OpenStore, success, textEntry } from './world.js';

export function logsConformance(open: OpenStore): void {
  async function runningBuild() {
    const world = await makeWorld(open);
    await world.workspace(await world.imported());
    const daemon = await world.daemon();
    return { ...world, daemon, ref: await world.running(daemon, false) };
  }
  const entries = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => textEntry(from + i));

  describe('logs', () => {
    test('are kept whole and in order, and read from any number on', async () => {
      const { store, ref } = await runningBuild();
      expect(await store.logs.read(ref.job, 0, 10)).toEqual([]);
      expect(await store.logs.append(ref, entries(1, 3))).toBe(3);
      expect(await store.logs.append(ref, entries(4, 4))).toBe(4);
      expect(await store.logs.append(ref, entries(5, 9))).toBe(9);
      const expected = entries(1, 9).map(entry => ({ seq: entry.n, attempt: 1, entry }));
      expect(await store.logs.read(ref.job, 0, 100)).toEqual(expected);
      for (let after = 0; after <= 10; after++) {
        for (const limit of [1, 2, 5, 100]) {
          expect(await store.logs.read(ref.job, after, limit)).toEqual(expected.slice(after, after + limit));
          // With the rest of the batch: they end at 3, 4 and 9.
          const end = [3, 4, 9].find(last => last >= Math.min(after + limit, 9));
          expect(await store.logs.readBatches(ref.job, after, limit)).toEqual(expected.slice(after, end));
        }
      }
    });

    test('every kind of entry comes back as it went in', async () => {
      const { store, ref } = await runningBuild();
      const base = { at: 17, phase: 'apply' as const };
      const all = [
        { ...base, n: 1, kind: 'phase' as const },
        { ...textEntry(2, 'ünïcödé \u0000 \n 🚢 "quoted"'), address: 'terraform_data.a["x"]' },
        {
          ...base,
          n: 3,
          kind: 'resource' as const,
          address: 'a.b',
          action: 'create' as const,
          state: 'progress' as const,
          elapsedSeconds: 1.5,
          note: null,
        },
        {
          ...base,
          n: 4,
          kind: 'diagnostic' as const,
          severity: 'error' as const,
          summary: 's',
          detail: 'd',
          address: null,
          file: 'main.tf',
          line: 3,
          snippet: 'x = 1',
        },
        { ...base, n: 5, kind: 'summary' as const, operation: 'apply' as const, add: 1, change: 0, remove: 0 },
      ];
      await store.logs.append(ref, all);
      expect((await store.logs.read(ref.job, 0, 10)).map(({ entry }) => entry)).toEqual(all);
    });

    test('entries that are there are passed over, a gap is refused', async () => {
      const { store, ref } = await runningBuild();
      await store.logs.append(ref, entries(1, 3));
      expect(await store.logs.append(ref, entries(2, 5))).toBe(5);
      expect(await store.logs.append(ref, entries(1, 5))).toBe(5);
      await expectError(store.logs.append(ref, entries(7, 8)), 'log_gap');
      await expectError(store.logs.append(ref, [textEntry(6), textEntry(8)]), 'log_gap');
      expect((await store.logs.read(ref.job, 0, 100)).map(({ entry }) => entry.n)).toEqual([1, 2, 3, 4, 5]);
    });

    test('are numbered through the attempts of a job', async () => {
      const { store, ref, advance, daemon, running } = await runningBuild();
      await store.logs.append(ref, entries(1, 3));
      advance(timings.leaseMs);
      await store.jobs.reap();
      const second = await running(daemon);
      await store.logs.append(second, entries(1, 2));
      const read = await store.logs.read(ref.job, 0, 10);
      expect(read.map(({ seq, attempt, entry }) => [seq, attempt, entry.n])).toEqual([
        [1, 1, 1],
        [2, 1, 2],
        [3, 1, 3],
        [4, 2, 1],
        [5, 2, 2],
      ]);
    });

    test('of a fenced or settled attempt take nothing new, and repeat what they took', async () => {
      const { store, ref, advance, daemon, running } = await runningBuild();
      await store.logs.append(ref, entries(1, 3));
      advance(timings.leaseMs);
      await store.jobs.reap();
      await expectError(store.logs.append(ref, entries(3, 4)), 'fenced');
      expect(await store.logs.append(ref, entries(1, 3))).toBe(3);
      const second = await running(daemon);
      await store.logs.append(second, entries(1, 1));
      await store.jobs.settle(second, success);
      await expectError(store.logs.append(second, entries(2, 2)), 'fenced');
      expect(await store.logs.append(second, entries(1, 1))).toBe(1);
      await expectError(store.logs.append({ ...second, attempt: 9 }, entries(1, 1)), 'not_found');
    });

    test('of thousands of batches and large entries are read in pages', async () => {
      const { store, ref } = await runningBuild();
      for (let n = 1; n <= 200; n++) await store.logs.append(ref, [textEntry(n)]);
      await store.logs.append(
        ref,
        Array.from({ length: 16 }, (_, i) => textEntry(201 + i, 'x'.repeat(60_000))),
      );
      const seen: number[] = [];
      for (let after = 0; ; ) {
        const page = await store.logs.read(ref.job, after, 37);
        if (page.length === 0) break;
        seen.push(...page.map(({ seq }) => seq));
        after = seen.at(-1) ?? 0;
      }
      expect(seen).toEqual(Array.from({ length: 216 }, (_, i) => i + 1));
    });

    test('beyond the limit keep head and tail, with the exact number of what was dropped', async () => {
      const { store, ref } = await runningBuild();
      const text = 'x'.repeat(60_000);
      const perBatch = 16;
      const batchBytes = Buffer.byteLength(JSON.stringify(Array.from({ length: perBatch }, () => textEntry(1, text))));
      const batches = Math.ceil(limits.jobLogBytes / batchBytes) + 6;
      for (let i = 0; i < batches; i++) {
        const from = i * perBatch + 1;
        await store.logs.append(
          ref,
          Array.from({ length: perBatch }, (_, k) => textEntry(from + k, text)),
        );
      }
      const count = batches * perBatch;
      const kept: number[] = [];
      const warnings: { seq: number; text: string }[] = [];
      let bytes = 0;
      for (let after = 0; ; ) {
        const page = await store.logs.read(ref.job, after, 50);
        if (page.length === 0) break;
        for (const { seq, entry } of page) {
          expect(seq).toBeGreaterThan(after);
          after = seq;
          bytes += JSON.stringify(entry).length;
          if (entry.kind === 'text' && entry.level === 'warning') warnings.push({ seq, text: entry.text });
          else kept.push(seq);
        }
      }
      expect(bytes).toBeLessThanOrEqual(limits.jobLogBytes + batchBytes);
      expect(bytes).toBeGreaterThan(limits.jobLogBytes - 3 * batchBytes);
      const [warning, ...more] = warnings;
      expect(more).toEqual([]);
      const dropped = count - kept.length;
      expect(warning?.text).toContain(` ${dropped} log entries were dropped`);
      const head = kept.filter(seq => seq < (warning?.seq ?? 0));
      const tail = kept.filter(seq => seq > (warning?.seq ?? 0));
      expect(head).toEqual(Array.from({ length: head.length }, (_, i) => i + 1));
      expect(tail).toEqual(Array.from({ length: tail.length }, (_, i) => count - tail.length + 1 + i));
      expect(warning?.seq).toBe(head.length + dropped);
      // Who has read some of what is gone by now is told of the rest.
      const [late] = await store.logs.read(ref.job, head.length + 10, 1);
      expect(late?.entry).toMatchObject({ text: expect.stringContaining(` ${dropped - 10} log entries`) });
      expect((await store.logs.read(ref.job, count - 1, 10)).map(({ seq }) => seq)).toEqual([count]);
    });
  });
}
