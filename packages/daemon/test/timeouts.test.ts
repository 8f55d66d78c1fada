import { expect, test } from 'vitest';
import { buildSpec } from './double/specs.js';
import { makeTemplate, startReal } from './double/startReal.js';

const silent = {
  'main.tf.json': JSON.stringify({
    resource: {
      terraform_data: {
        slow: { provisioner: { 'local-exec': { command: 'exec sleep 600' } } },
      },
    },
  }),
};

test.each([
  { limits: { buildTimeoutMs: 1_000 }, message: 'took longer than its daemon allows (1 s)' },
  { limits: { noOutputTimeoutMs: 1_000 }, message: 'printed nothing for longer than its daemon allows (1 s)' },
])('an apply beyond $limits is stopped, and the error says why', async ({ limits, message }) => {
  const { run } = await startReal({ limits });
  const template = await makeTemplate(silent);
  const { outcome, data } = await run(buildSpec({ archive: template.archive }), template);
  expect(outcome.error).toMatchObject({ code: 'timed_out', message: expect.stringContaining(message) });
  expect(data.log.at(-1)).toMatchObject({ kind: 'text', level: 'error', text: expect.stringContaining(message) });
});
