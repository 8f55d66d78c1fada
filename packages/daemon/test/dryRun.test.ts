import { expect, test } from 'vitest';
import { logText } from './double/logText.js';
import { buildSpec } from './double/specs.js';
import { makeTemplate, startReal, stateRefOf } from './double/startReal.js';

const main = `
variable "berth" { type = object({ start_count = number }) }
variable "disk" { type = string }
variable "image" { type = string }
variable "password" {
  type      = string
  sensitive = true
}
resource "terraform_data" "volume" {
  triggers_replace = var.disk
}
resource "terraform_data" "pod" {
  count            = var.berth.start_count
  input            = { image = var.image, password = var.password }
  triggers_replace = terraform_data.volume.id
}
resource "terraform_data" "script" {
  input = "\${join("", range(90))}\${var.image}\${join("", range(45))}\${nonsensitive(var.password)}"
}
resource "terraform_data" "note" { input = "\${var.image} for \${nonsensitive(var.password)}" }
`;

const values = (disk: string, image: string) => [
  { name: 'disk', value: disk, sensitive: false },
  { name: 'image', value: image, sensitive: false },
  { name: 'password', value: 'hunter2-of-the-test', sensitive: true },
];

test('a dry run on a state says what forces a replacement, what of it a stop leaves, and no secret', async () => {
  const { run } = await startReal();
  const template = await makeTemplate({ 'main.tf': main });
  const { archive } = template;
  const built = await run(buildSpec({ archive, variables: values('small', 'a') }), template);
  const state = built.state ?? Buffer.alloc(0);
  const { type: _, ...base } = buildSpec({ archive, variables: values('big', 'b'), state: stateRefOf(state) });
  const { outcome, data } = await run({ ...base, type: 'template_dry_run' }, template, state);
  expect(outcome).toEqual({ error: null, state: null, result: true });
  expect(data.results[0]).toMatchObject({ type: 'template_dry_run', plan: { add: 2, change: 2, remove: 2 } });
  const [result] = data.results;
  const changes = result?.type === 'template_dry_run' ? result.changes : [];
  const byAddress = Object.fromEntries(changes.map(change => [change.address, change]));
  expect(byAddress['terraform_data.volume']).toMatchObject({
    action: 'replace',
    destroyedByStop: false,
    attributes: [
      { name: 'triggers_replace', before: '"small"', after: '"big"', sensitive: false, forcesReplacement: true },
    ],
  });
  expect(byAddress['terraform_data.pod[0]']).toMatchObject({
    action: 'replace',
    destroyedByStop: true,
    attributes: [
      { name: 'triggers_replace', after: null, forcesReplacement: true },
      { name: 'input.image', before: '"a"', after: '"b"', sensitive: false, forcesReplacement: false },
    ],
  });
  // Of a long text, what stands around the first difference; a secret is taken out before it is cut.
  const around = (image: string) => expect.stringMatching(new RegExp(`^….{30}${image}0123456789.{70}\\[redacted…$`));
  expect(byAddress['terraform_data.script']).toMatchObject({
    attributes: [{ name: 'input', before: around('a'), after: around('b') }],
  });
  // What the template lets out of hand all the same is found by its value.
  expect(byAddress['terraform_data.note']).toMatchObject({ action: 'update', destroyedByStop: null });
  expect(JSON.stringify(data.results)).not.toContain('hunter2');
  expect(JSON.stringify(data.results)).toContain('b for ');
  expect(logText(data.log)).not.toContain('hunter2');
});

test('a template that knows of no stop keeps everything at one', async () => {
  const { run } = await startReal();
  const template = await makeTemplate({
    'main.tf': 'variable "disk" {}\nresource "terraform_data" "a" {\n  triggers_replace = var.disk\n}\n',
  });
  const { archive } = template;
  const disk = (value: string) => [{ name: 'disk', value, sensitive: false }];
  const built = await run(buildSpec({ archive, variables: disk('small') }), template);
  const state = built.state ?? Buffer.alloc(0);
  const { type: _, ...base } = buildSpec({ archive, variables: disk('big'), state: stateRefOf(state) });
  const { data } = await run({ ...base, type: 'template_dry_run' }, template, state);
  expect(data.results[0]).toMatchObject({ changes: [{ action: 'replace', destroyedByStop: false }] });
});
