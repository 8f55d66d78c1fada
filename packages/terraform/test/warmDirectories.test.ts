import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { tempDir, testPlugins } from '@berth/testkit';
import { describe, expect, test } from 'vitest';
import { apply, startFrom, WarmDirectories, type WarmKeyParts, warmKey } from '../src/index.js';
import { attempt, attemptAfter, writeFiles } from './setup.js';

const plugins = await testPlugins();

/** Every file and link below a folder with its content. */
function contents(folder: string, inner = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(join(folder, inner), { withFileTypes: true })) {
    const path = join(inner, entry.name);
    if (entry.isDirectory()) Object.assign(found, contents(folder, path));
    else if (entry.isSymbolicLink()) found[path] = `-> ${readlinkSync(join(folder, path))}`;
    else found[path] = readFileSync(join(folder, path), 'utf8');
  }
  return found;
}

/** Builds a warm directory of these files, and counts its calls. */
function builder(files: Record<string, string> = { 'main.tf': '' }) {
  const build = async (folder: string): Promise<null> => {
    build.calls++;
    writeFiles(folder, files);
    return null;
  };
  build.calls = 0;
  return build;
}

test('the key tells apart everything that an initialised template depends on', () => {
  const parts: WarmKeyParts = {
    archive: 'a',
    lockFile: null,
    engine: { name: 'terraform', version: '1.11.4', platform: 'linux_amd64' },
  };
  const variants: WarmKeyParts[] = [
    parts,
    { ...parts, archive: 'b' },
    { ...parts, lockFile: '' },
    { ...parts, lockFile: 'c' },
    { ...parts, engine: { ...parts.engine, name: 'tofu' } },
    { ...parts, engine: { ...parts.engine, version: '1.11.5' } },
    { ...parts, engine: { ...parts.engine, platform: 'linux_arm64' } },
  ];
  const keys = variants.map(warmKey);
  expect(new Set(keys).size).toBe(variants.length);
  expect(warmKey({ ...parts })).toBe(keys[0]);
  expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
});

describe('startFrom', () => {
  test('copies everything with its mode, links as links, and shares the plugins alone', async () => {
    const folder = tempDir();
    const warm = join(folder, 'warm');
    writeFiles(warm, {
      'main.tf': 'x',
      'sub/deep/file.txt': 'y',
      '.terraform/providers/host/plugin': 'large',
      '.terraform/modules/m/main.tf': 'm',
      '.terraform/terraform.tfstate': 'backend',
      '.terraform.lock.hcl': 'lock',
    });
    writeFileSync(join(warm, 'run.sh'), '', { mode: 0o755 });
    writeFileSync(join(warm, 'read-only'), '', { mode: 0o444 });
    symlinkSync('sub/deep', join(warm, 'link'));
    mkdirSync(join(warm, 'empty'));
    const work = join(folder, 'work');
    await startFrom(warm, work);
    expect(contents(work)).toEqual({
      'main.tf': 'x',
      'sub/deep/file.txt': 'y',
      '.terraform/providers': `-> ${warm}/.terraform/providers`,
      '.terraform/modules/m/main.tf': 'm',
      '.terraform/terraform.tfstate': 'backend',
      '.terraform.lock.hcl': 'lock',
      'run.sh': '',
      'read-only': '',
      link: '-> sub/deep',
    });
    expect(statSync(join(work, 'run.sh')).mode & 0o777).toBe(0o755);
    expect(statSync(join(work, 'read-only')).mode & 0o777).toBe(0o444);
    expect(lstatSync(join(work, 'empty')).isDirectory()).toBe(true);
  });

  test.skipIf(plugins.skipped !== null)(
    `a template that writes into its own folder and its module's changes this attempt alone${plugins.skipped ? ` (skipped: ${plugins.skipped})` : ''}`,
    async () => {
      const warm = await attempt(
        {
          'main.tf': `
terraform {
  required_providers {
    time = { source = "hashicorp/time" }
  }
}
resource "time_static" "now" {}
module "inner" {
  source = "./inner"
}
resource "terraform_data" "writes" {
  depends_on = [module.inner]
  provisioner "local-exec" {
    command = <<-EOT
      echo changed >> main.tf
      echo changed >> \${path.module}/note.txt
      echo changed >> .terraform/modules/modules.json
      echo new > new.txt
    EOT
  }
}
`,
          'note.txt': 'note\n',
          'inner/main.tf': `resource "terraform_data" "inner" {\n  provisioner "local-exec" {\n    command = "echo changed >> \${path.module}/main.tf"\n  }\n}\n`,
        },
        { mirror: plugins.mirror },
      );
      const before = contents(warm.folder.work);
      const context = await attemptAfter(warm);
      expect(await apply(context)).toMatchObject({ succeeded: true });
      expect(readFileSync(join(context.folder.work, 'note.txt'), 'utf8')).toBe('note\nchanged\n');
      expect(contents(warm.folder.work)).toEqual(before);
      // And the next attempt starts from what it was.
      expect(await apply(await attemptAfter(warm))).toMatchObject({ succeeded: true });
    },
  );
});

describe('WarmDirectories', () => {
  test('one is built once, kept with its notes, and found by a later process', async () => {
    const root = join(tempDir(), 'warm');
    const warm = await WarmDirectories.open(root);
    expect(await warm.hold('k')).toBeNull();
    const held = await warm.holdOrBuild('k', async folder => {
      writeFiles(folder, { 'main.tf': 'x' });
      return { variables: ['a'] };
    });
    expect(held.notes).toEqual({ variables: ['a'] });
    expect(contents(held.files)).toEqual({ 'main.tf': 'x' });
    const build = builder();
    const later = await (await WarmDirectories.open(root)).holdOrBuild('k', build);
    expect(later).toMatchObject({ files: held.files, notes: { variables: ['a'] } });
    expect(build.calls).toBe(0);
    expect(statSync(root).mode & 0o777).toBe(0o700);
  });

  test('however many ask at once, it is built once', async () => {
    const warm = await WarmDirectories.open(join(tempDir(), 'warm'));
    const build = builder();
    const held = await Promise.all(Array.from({ length: 8 }, () => warm.holdOrBuild('k', build)));
    expect(build.calls).toBe(1);
    expect(new Set(held.map(each => each.files)).size).toBe(1);
  });

  test('a build that fails is its own error alone; the next one builds, and nothing half-made is left', async () => {
    const root = join(tempDir(), 'warm');
    const warm = await WarmDirectories.open(root);
    const good = builder();
    const failing = warm.holdOrBuild('k', async folder => {
      writeFiles(folder, { half: '' });
      throw new Error('canceled');
    });
    const waiting = [warm.holdOrBuild('k', good), warm.holdOrBuild('k', good)];
    await expect(failing).rejects.toThrow('canceled');
    for (const held of await Promise.all(waiting)) expect(contents(held.files)).toEqual({ 'main.tf': '' });
    expect(good.calls).toBe(1);
    expect(readdirSync(root)).toEqual(['k']);
  });

  test('what a crash left half-way is cleared away, and is never taken for a whole one', async () => {
    const root = join(tempDir(), 'warm');
    writeFiles(root, { '.draft-abc/files/main.tf': 'half', 'k/files/main.tf': 'without an entry' });
    const warm = await WarmDirectories.open(root);
    expect(readdirSync(root)).toEqual(['k']);
    expect(await warm.hold('k')).toBeNull();
    expect(contents((await warm.holdOrBuild('k', builder())).files)).toEqual({ 'main.tf': '' });
  });

  describe('prune', () => {
    const age = (root: string, key: string, days: number): void => {
      const time = new Date(Date.now() - days * 86_400_000);
      utimesSync(join(root, key, 'entry.json'), time, time);
    };

    async function three(): Promise<{ root: string; warm: WarmDirectories }> {
      const root = join(tempDir(), 'warm');
      const warm = await WarmDirectories.open(root);
      for (const [i, key] of ['old', 'middle', 'new'].entries()) {
        (await warm.holdOrBuild(key, builder({ 'main.tf': 'x'.repeat(1000) }))).release();
        age(root, key, 3 - i);
      }
      return { root, warm };
    }

    test('by age', async () => {
      const { root, warm } = await three();
      expect(await warm.prune({ maxAgeMs: 2.5 * 86_400_000, maxBytes: 1e9 })).toEqual(['old']);
      expect(readdirSync(root).sort()).toEqual(['middle', 'new']);
      expect(await warm.hold('old')).toBeNull();
    });

    test('by size, the longest unused first', async () => {
      const { warm } = await three();
      expect(await warm.prune({ maxAgeMs: 1e12, maxBytes: 3000 })).toEqual([]);
      expect(await warm.prune({ maxAgeMs: 1e12, maxBytes: 2999 })).toEqual(['old']);
      expect(await warm.prune({ maxAgeMs: 1e12, maxBytes: 0 })).toEqual(['middle', 'new']);
    });

    test('never what is held, by however many', async () => {
      const { root, warm } = await three();
      const [first, second] = [await warm.hold('old'), await warm.hold('old')];
      age(root, 'old', 9);
      const everything = { maxAgeMs: 0, maxBytes: 0 };
      expect(await warm.prune(everything)).toEqual(['middle', 'new']);
      first?.release();
      first?.release();
      expect(await warm.prune(everything)).toEqual([]);
      second?.release();
      expect(await warm.prune(everything)).toEqual(['old']);
    });

    test('use counts: what was held lately is young', async () => {
      const { warm } = await three();
      (await warm.hold('old'))?.release();
      expect(await warm.prune({ maxAgeMs: 1.5 * 86_400_000, maxBytes: 1e9 })).toEqual(['middle']);
    });

    test('one that was pruned is built again', async () => {
      const { warm } = await three();
      await warm.prune({ maxAgeMs: 0, maxBytes: 0 });
      const build = builder();
      const held = await warm.holdOrBuild('old', build);
      expect(build.calls).toBe(1);
      expect(existsSync(held.files)).toBe(true);
    });
  });
});
