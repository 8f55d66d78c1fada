import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';
import {
  apply,
  init,
  OWN_BACKEND_FILE,
  readConfiguration,
  readState,
  writeOwnBackend,
  writeVariables,
} from '../src/index.js';
import { attempt, writeFiles } from './setup.js';

const resource = 'resource "terraform_data" "main" {}\n';

test.each([
  { own: 's3', files: { 'main.tf': `terraform {\n  backend "s3" {\n    bucket = "b"\n  }\n}\n${resource}` } },
  {
    own: 'cloud',
    files: { 'main.tf': `terraform {\n  cloud {\n    organization = "o"\n  }\n}\n${resource}` },
  },
  {
    own: 'local',
    files: {
      'main.tf': resource,
      // A person's usual way to switch the backend: its name stands after `berth`.
      'override.tf': 'terraform {\n  backend "local" {\n    path = "elsewhere/own.tfstate"\n  }\n}\n',
    },
  },
  {
    own: 'http',
    files: {
      'main.tf': resource,
      'zzz_override.tf.json': '{"terraform": {"backend": {"http": {"address": "http://localhost:9"}}}}',
    },
  },
])(
  'the state is kept in the work directory although the template has a $own backend in its files',
  async ({ own, files }) => {
    const context = await attempt(files, { initialise: false });
    const configuration = await readConfiguration(context.folder.work, 'terraform');
    expect(configuration.backend?.type).toBe(own);
    await writeOwnBackend(context.folder.work, configuration);
    writeVariables(context.folder.variables, {}, []);
    expect(await init(context)).toMatchObject({ succeeded: true });
    expect(await apply(context)).toMatchObject({ succeeded: true });
    expect(await readState(context.folder.state)).toMatchObject({ valid: true });
    expect(existsSync(join(context.folder.work, 'elsewhere'))).toBe(false);
  },
);

test("our file is not taken for the template's", async () => {
  const folder = tempDir();
  writeFiles(folder, { 'main.tf.json': '{}' });
  await writeOwnBackend(folder, { backend: null });
  expect((await readConfiguration(folder, 'terraform')).backend).toBeNull();
});

test.each([OWN_BACKEND_FILE, '~berth_override.tofu.json'])('a template with a file named %s is refused', async name => {
  const folder = tempDir();
  writeFiles(folder, { 'main.tf': resource, [name]: '{}' });
  await expect(writeOwnBackend(folder, { backend: null })).rejects.toMatchObject({
    code: 'reserved_file',
    message: expect.stringContaining(name),
  });
});

test('a backend in an override file that would win over ours is refused', async () => {
  const folder = tempDir();
  writeFiles(folder, {
    'main.tf.json': '{}',
    'état_override.tf.json': '{"terraform": {"backend": {"local": {"path": "own.tfstate"}}}}',
  });
  const configuration = await readConfiguration(folder, 'terraform');
  await expect(writeOwnBackend(folder, configuration)).rejects.toMatchObject({ code: 'reserved_file' });
});

test('what a run by hand left in the archive is removed before ours', async () => {
  const context = await attempt(
    {
      'main.tf': resource,
      '.terraform/environment': 'other',
      'terraform.tfstate': '{"version":4,"serial":9,"lineage":"theirs"}',
      'terraform.tfstate.d/other/terraform.tfstate': '{}',
      'errored.tfstate': '{"version":4,"serial":99,"lineage":"theirs"}',
      '.terraform.lock.hcl': '',
    },
    { initialise: false },
  );
  const { work } = context.folder;
  await writeOwnBackend(work, { backend: null });
  writeVariables(context.folder.variables, {}, []);
  await init(context);
  expect(await apply(context)).toMatchObject({ succeeded: true });
  const state = await readState(context.folder.state);
  expect(state).toMatchObject({ valid: true, serial: 1 });
  expect(existsSync(join(work, 'errored.tfstate'))).toBe(false);
  expect(existsSync(join(work, '.terraform.lock.hcl'))).toBe(true);
});
