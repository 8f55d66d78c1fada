import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir, testPlugins } from '@berth/testkit';
import { describe, expect, test } from 'vitest';
import { formatCliConfig, init, listMirror } from '../src/index.js';
import { attempt } from './setup.js';

const plugins = await testPlugins();
const time = 'registry.terraform.io/hashicorp/time';

/** A mirror folder with these files and folders. */
function mirror(paths: Record<string, 'folder' | 'file'>): string {
  const folder = tempDir();
  for (const [path, kind] of Object.entries(paths)) {
    mkdirSync(kind === 'folder' ? join(folder, path) : join(folder, path, '..'), { recursive: true });
    if (kind === 'file') writeFileSync(join(folder, path), '');
  }
  return folder;
}

const mixed = {
  [`${time}/0.13.1/linux_amd64`]: 'folder',
  [`${time}/0.12.0/darwin_arm64`]: 'folder',
  'registry.opentofu.org/hashicorp/null/terraform-provider-null_3.2.3_linux_amd64.zip': 'file',
  'registry.terraform.io/other/mac/1.0.0/darwin_arm64': 'folder',
  'registry.terraform.io/other/mac/terraform-provider-mac_1.0.0_darwin_arm64.zip': 'file',
  'registry.terraform.io/README.md': 'file',
  '.git/objects/x/1.0.0/linux_amd64': 'folder',
} as const;

test('a mirror is asked for exactly the plugins that it has for this platform', async () => {
  expect(await listMirror(mirror(mixed), 'linux_amd64')).toEqual(['registry.opentofu.org/hashicorp/null', time]);
});

test('a mirror may consist of links', async () => {
  const real = mirror(mixed);
  const folder = tempDir();
  symlinkSync(join(real, 'registry.terraform.io'), join(folder, 'registry.terraform.io'));
  symlinkSync(join(real, 'registry.terraform.io', 'README.md'), join(folder, 'README'));
  expect(await listMirror(folder, 'linux_amd64')).toEqual([time]);
});

test('without mirrors, plugins come from their registries, and no folder of the host counts', async () => {
  expect(await formatCliConfig([], 'linux_amd64')).toBe(
    'disable_checkpoint = true\nprovider_installation {\n  direct {\n    exclude = []\n  }\n}\n',
  );
});

test('what a folder has is excluded everywhere else', async () => {
  const folder = mirror(mixed);
  const list = `["registry.opentofu.org/hashicorp/null", "${time}"]`;
  expect(await formatCliConfig([folder], 'linux_amd64')).toBe(`disable_checkpoint = true
provider_installation {
  filesystem_mirror {
    path = "${folder}"
    include = ${list}
  }
  direct {
    exclude = ${list}
  }
}
`);
  expect(await formatCliConfig([folder, 'https://mirror.example/p'], 'linux_amd64')).toContain(`
  network_mirror {
    url = "https://mirror.example/p/"
    exclude = ${list}
  }
}
`);
});

test.each([
  ['a folder that is not there', '/nowhere'],
  ['a file', '/etc/hostname'],
  ['an address that is not encrypted', 'http://mirror.example/'],
  ['an address that cannot be written down', `https://mirror.example/\${HOME}`],
])('%s is refused', async (_, place) => {
  await expect(formatCliConfig([place], 'linux_amd64')).rejects.toMatchObject({ code: 'invalid_mirror' });
});

const usesTime = {
  'main.tf': `terraform {\n  required_providers {\n    time = { source = "hashicorp/time" }\n  }\n}\n`,
};

describe.skipIf(plugins.skipped !== null)(
  `real plugins${plugins.skipped ? ` (skipped: ${plugins.skipped})` : ''}`,
  () => {
    test('init takes a plugin from the mirror without asking any registry', async () => {
      const context = await attempt(usesTime, {
        mirror: plugins.mirror,
        initialise: false,
        // A registry that is asked all the same is one that does not answer.
        env: { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' },
      });
      expect(await init(context)).toMatchObject({ succeeded: true });
      expect(context.runs).toHaveLength(1);
    });

    test("the host's own configuration and plugin folders are not used", async () => {
      const home = tempDir();
      mkdirSync(join(home, '.terraform.d'));
      symlinkSync(plugins.mirror ?? '', join(home, '.terraform.d', 'plugins'));
      writeFileSync(
        join(home, '.terraformrc'),
        `provider_installation {\n  filesystem_mirror {\n    path = "${plugins.mirror}"\n  }\n}\n`,
      );
      const context = await attempt(usesTime, {
        initialise: false,
        env: { HOME: home, HTTPS_PROXY: 'http://127.0.0.1:9' },
      });
      expect(await init({ ...context, signal: AbortSignal.abort() })).toMatchObject({
        succeeded: false,
        errors: [{ summary: 'Failed to query available provider packages' }],
      });
    });
  },
);
