import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir, testGuard } from '@berth/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createRedactor,
  type EngineEvent,
  OutputReader,
  PIECE_BYTES,
  type Redactor,
  readEvents,
  validate,
} from '../src/index.js';
import { attempt } from './setup.js';

/** The events of an output that has ended; `pieces` of them, so that all begin where a reader may begin again. */
async function eventsOf(text: string, redactor: Redactor): Promise<{ events: EngineEvent[]; ends: number[] }> {
  const path = join(tempDir(), 'out');
  writeFileSync(path, text);
  const events: EngineEvent[] = [];
  const ends: number[] = [];
  for await (const batch of readEvents(new OutputReader({ path, ended: Promise.resolve() }), { redactor })) {
    events.push(...batch.events);
    ends.push(batch.end);
  }
  return { events, ends };
}

/** Everything that the events say, what stands in each directly behind the one before it. */
function said(events: readonly EngineEvent[]): string {
  return events.map(event => ('output' in event && event.output !== null ? event.output : event.message)).join('');
}

const secret = fc.stringMatching(/^[A-Za-z0-9!$&*+=?@^_~]{8,48}$/);
const encodings: ((text: string) => string)[] = [
  text => text,
  text => Buffer.from(text).toString('base64'),
  text => encodeURIComponent(text),
];
/** How far before a border the secret begins. */
const before = fc.integer({ min: 0, max: 60 });

/** No run of six characters of the form is left. The ends of base64 mix with what stands around it. */
function expectHidden(text: string, form: string): void {
  for (let i = 2; i + 8 <= form.length; i++) expect(text).not.toContain(form.slice(i, i + 6));
}

test('a secret across the border of two pieces of a long provisioner line is found', async () => {
  await fc.assert(
    fc.asyncProperty(secret, fc.constantFrom(...encodings), before, async (text, encode, distance) => {
      const form = encode(text);
      const output = '.'.repeat(PIECE_BYTES - Math.min(distance, form.length)) + form + '.'.repeat(PIECE_BYTES);
      const hook = { resource: { addr: 'a' }, provisioner: 'local-exec', output };
      const line = JSON.stringify({ '@message': `a: (local-exec): ${output}`, type: 'provision_progress', hook });
      const { events } = await eventsOf(`${line}\n`, createRedactor([text]));
      expect(events.length).toBeGreaterThan(1);
      expectHidden(said(events), form);
    }),
    { numRuns: 40 },
  );
});

test('a secret across a border of the pieces of an endless line is found, and the rest of the line is whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      secret,
      fc.constantFrom(...encodings),
      before,
      fc.integer({ min: 1, max: 18 }),
      async (text, encode, distance, border) => {
        const form = encode(text);
        const at = border * PIECE_BYTES - Math.min(distance, form.length);
        const line = '.'.repeat(at) + form + '.'.repeat(20 * PIECE_BYTES - at);
        const { events } = await eventsOf(`${line}\nnext\n`, createRedactor([text]));
        const all = said(events);
        expectHidden(all, form);
        expect(all.replaceAll('.', '')).toMatch(/^.{0,2}\[redacted\].{0,3}next$/);
        expect(all.match(/\./g)).toHaveLength(20 * PIECE_BYTES);
      },
    ),
    { numRuns: 15 },
  );
});

test('who reads on where another reader was finds a secret that began before', async () => {
  const line = `${'.'.repeat(20 * PIECE_BYTES - 4)}hunter22-hunter23`;
  const { ends } = await eventsOf(line, createRedactor(['hunter22-hunter23']));
  const path = join(tempDir(), 'out');
  writeFileSync(path, line);
  for (const from of ends) {
    const reader = new OutputReader({ path, ended: Promise.resolve(), from });
    for await (const { events } of readEvents(reader, { redactor: createRedactor(['hunter22-hunter23']) })) {
      expect(said(events)).not.toContain('hunter2');
    }
  }
});

test('the findings of validate have no secrets', async () => {
  const name = 'hunter22-hunter23';
  const context = await attempt({ 'main.tf': `resource "terraform_data" "a" {\n  input = local.${name}\n}\n` });
  const redactor = createRedactor([name]);
  const { diagnostics } = await validate({ ...context, redactor });
  expect(diagnostics).toHaveLength(1);
  expect(JSON.stringify(diagnostics)).not.toContain('hunter');
});

testGuard('terraform.redactor', 'events have no secrets in any of their texts', async () => {
  const text = 'hunter22';
  const resource = { addr: `a["${text}"]`, resource: text, implied_provider: 'terraform' };
  const lines = [
    { '@message': text, type: 'apply_complete', hook: { resource, action: 'create', id_key: 'id', id_value: text } },
    { '@message': text, type: 'planned_change', change: { resource, previous_resource: resource, action: 'move' } },
    { '@message': text, type: 'provision_progress', hook: { resource, provisioner: 'local-exec', output: text } },
    {
      '@message': text,
      type: 'diagnostic',
      diagnostic: {
        ...{ severity: 'error', summary: text, detail: text, address: text },
        snippet: { code: text, values: [{ traversal: 'local.a', statement: `is "${text}"` }] },
      },
    },
    { '@message': text, type: 'never_heard_of' },
  ];
  const output = [...lines.map(line => JSON.stringify(line)), text].map(line => `${line}\n`).join('');
  const { events } = await eventsOf(output, createRedactor([text]));
  expect(events.map(event => event.type)).toEqual([...lines.slice(0, 4).map(line => line.type), 'text', 'text']);
  expect(JSON.stringify(events)).not.toContain(text);
});
