import { cpSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startNetworkMirror, tempDir, testPlugins, testTofu } from '@berth/testkit';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { logText } from './double/logText.js';
import { buildSpec, importSpec } from './double/specs.js';
import { type Done, makeTemplate, type RealDaemon, startReal, type Template } from './double/startReal.js';

const plugins = await testPlugins();
const tofu = await testTofu();
const tofuSkipped = tofu.skipped === null ? '' : ` (tofu skipped: ${tofu.skipped})`;
/** Where it does not work the test says the same of no sandbox. */
const sandbox = { mode: 'auto' } as const;

// OpenTofu makes a folder in every home.
beforeEach(() => void vi.stubEnv('HOME', tempDir()));
afterEach(() => void vi.unstubAllEnvs());
const time = 'registry.terraform.io/hashicorp/time';

const usesTime = `terraform {
  required_providers {
    time = { source = "hashicorp/time" }
  }
}
resource "time_static" "now" {}
`;

/** Uses the time plugin. `more` makes it another version of the template. */
async function templateOf(more = ''): Promise<Template> {
  return makeTemplate({ 'main.tf': `${usesTime}${more}\n` });
}

/** A registry that does not answer, whoever asks. */
function withoutRegistry(): void {
  vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:9');
  vi.stubEnv('NO_PROXY', '127.0.0.1');
}

async function importWith({ run }: RealDaemon, template: Template): Promise<{ lockFile: string; done: Done }> {
  const done = await run(importSpec({ archive: template.archive }), template);
  expect(done.outcome.error).toBeNull();
  const [result] = done.data.results;
  if (result?.type !== 'template_import' || result.lockFile === null) throw new Error('the import locked no plugin');
  return { lockFile: result.lockFile, done };
}

/** A mirror that has the plugin in a version of long ago alone. */
function mirrorOfOld(): string {
  const folder = tempDir();
  for (const host of ['registry.terraform.io', 'registry.opentofu.org']) {
    const place = join(host, 'hashicorp', 'time');
    const from = join(plugins.mirror ?? '', place);
    const [version = ''] = readdirSync(from);
    cpSync(join(from, version), join(folder, place, '0.0.1'), { recursive: true });
  }
  return folder;
}

const skipped = plugins.skipped === null ? '' : ` (skipped: ${plugins.skipped})`;

describe.skipIf(plugins.mirror === null)(`plugins${skipped}`, () => {
  const mirror = plugins.mirror ?? '';

  test('without a registry, what a daemon has fetched once serves every version that locks it, and every daemon with its cache', async () => {
    withoutRegistry();
    const pluginCache = join(tempDir(), 'cache');
    const network = await startNetworkMirror(mirror);
    vi.stubEnv('SSL_CERT_FILE', network.certificate);
    const first = await startReal({ pluginCache, pluginMirrors: [network.url] });
    const template = await templateOf();
    const { lockFile } = await importWith(first, template);
    expect(network.downloads()).toBe(1);

    // The mirror is asked no more: not for another version of the template, nor by a daemon that has none.
    const asked = network.requests.length;
    const other = await templateOf('output "b" { value = 1 }');
    const second = await startReal({ pluginCache });
    for (const daemon of [first, second]) {
      const { outcome } = await daemon.run(buildSpec({ archive: other.archive, lockFile }), other);
      expect(outcome.error).toBeNull();
    }
    // Nor for a template that brings the lock file itself.
    const own = await makeTemplate({ 'main.tf': usesTime, '.terraform.lock.hcl': lockFile });
    expect(await importWith(second, own)).toMatchObject({ lockFile });
    expect(network.requests.length).toBe(asked);
    const [entry] = readdirSync(join(pluginCache, 'entries'));
    const files = join(pluginCache, 'entries', entry ?? '', 'files');
    const [file] = readdirSync(files);
    // One copy for the cache and four warm directories.
    const { nlink, mode } = statSync(join(files, file ?? ''));
    expect(nlink).toBe(5);
    expect(mode & 0o777).toBe(0o555);
  });

  test('a first build needs a mirror alone, whatever else the mirror holds', async () => {
    withoutRegistry();
    const { lockFile } = await importWith(await startReal({ pluginMirrors: [mirror] }), await templateOf());
    const template = await templateOf('output "c" { value = 1 }');
    const network = await startNetworkMirror(mirror);
    vi.stubEnv('SSL_CERT_FILE', network.certificate);
    // The folder has the plugin, but not in this version; the next source is asked.
    const other = mirrorOfOld();
    const daemon = await startReal({ pluginMirrors: [other, network.url] });
    // What an archive is known by (zh) is not what a folder is known by (h1): a lock file made from one serves the other.
    const { outcome } = await daemon.run(buildSpec({ archive: template.archive, lockFile }), template);
    expect(outcome.error).toBeNull();
    expect(network.downloads()).toBe(1);
  });

  test('an import asks the next source for a plugin that the folders have in no version that it allows', async () => {
    withoutRegistry();
    const network = await startNetworkMirror(mirror);
    vi.stubEnv('SSL_CERT_FILE', network.certificate);
    const old = mirrorOfOld();
    const daemon = await startReal({ pluginMirrors: [old, network.url] });
    const wants = (version: string) => {
      return makeTemplate({ 'main.tf': usesTime.replace('/time"', `/time", version = "${version}"`) });
    };
    const { lockFile, done } = await importWith(daemon, await wants('>= 0.13.0'));
    expect(lockFile).toContain('version     = "0.13.');
    expect(logText(done.data.log)).toContain('no version that the template allows');
    expect(network.downloads()).toBe(1);
    // What they have comes from them.
    expect((await importWith(daemon, await wants('< 0.1.0'))).lockFile).toContain('version     = "0.0.1"');
    expect(network.downloads()).toBe(1);
  });

  test('a plugin that no source has is told with the sources that were asked, and how to add it', async () => {
    withoutRegistry();
    const network = await startNetworkMirror(null);
    vi.stubEnv('SSL_CERT_FILE', network.certificate);
    const folder = tempDir();
    const daemon = await startReal({ pluginMirrors: [folder, network.url] });
    const template = await templateOf();
    const imported = await daemon.run(importSpec({ archive: template.archive }), template);
    const asked = expect.stringContaining(`(asked: the folder ${folder}, the mirror ${network.url})`);
    const hint = expect.stringContaining('berth provisionerd mirror add');
    expect(imported.outcome.error).toMatchObject({ code: 'plugin_unavailable', message: asked, hint });
    expect(imported.outcome.error?.message).toContain('hashicorp/time');

    const lockFile = `provider "${time}" {\n  version = "0.13.1"\n  hashes = [\n    "h1:AAAA",\n  ]\n}\n`;
    const built = await daemon.run(buildSpec({ archive: template.archive, lockFile }), template);
    expect(built.outcome.error).toMatchObject({ code: 'plugin_unavailable', message: asked, hint });
    expect(built.outcome.error?.message).toMatch(/the plugin hashicorp\/time 0\.13\.1 for \w+ cannot be had/);
  });

  test('a lock file without the checksums of this platform is told as such, in an import and in a build', async () => {
    const daemon = await startReal({ pluginMirrors: [mirror] });
    const elsewhere = `provider "${time}" {\n  version = "0.13.1"\n  hashes = [\n    "h1:${'A'.repeat(43)}=",\n  ]\n}\n`;
    const template = await templateOf();
    const refused = {
      code: 'plugin_hash_mismatch',
      hint: expect.stringContaining('terraform providers lock -platform='),
    };
    const built = await daemon.run(buildSpec({ archive: template.archive, lockFile: elsewhere }), template);
    expect(built.outcome.error).toMatchObject(refused);
    const own = await makeTemplate({ 'main.tf': usesTime, '.terraform.lock.hcl': elsewhere });
    const imported = await daemon.run(importSpec({ archive: own.archive }), own);
    expect(imported.outcome.error).toMatchObject(refused);
    expect(logText(imported.data.log)).toContain('hashicorp/time');
  });

  test.each([
    ['terraform in the sandbox', { enginePath: undefined, sandbox }],
    ['tofu', { enginePath: tofu.path ?? undefined, sandbox: undefined }],
  ])(`%s fetches what a lock file names, and refuses what it does not name${tofuSkipped}`, async (engine, options) => {
    if (engine === 'tofu' && tofu.path === null) return;
    const importer = await startReal({ ...options, pluginMirrors: [mirror] });
    const { lockFile } = await importWith(importer, await templateOf());
    const cold = await startReal({ ...options, pluginMirrors: [mirror] });
    const template = await templateOf('output "d" { value = 1 }');
    const { outcome } = await cold.run(buildSpec({ archive: template.archive, lockFile }), template);
    expect(outcome.error).toBeNull();
    const changed = lockFile.replace(/h1:[^"]+/g, `h1:${'A'.repeat(43)}=`);
    const refused = await cold.run(buildSpec({ archive: template.archive, lockFile: changed }), template);
    expect(refused.outcome.error).toMatchObject({ code: 'plugin_hash_mismatch' });
  });
});
