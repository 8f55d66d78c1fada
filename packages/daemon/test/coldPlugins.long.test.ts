import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptOutcome } from '@berth/protocol';
import { startNetworkMirror, tempDir, testPlugins } from '@berth/testkit';
import { beforeAll, expect, test, vi } from 'vitest';
import { compile, startDaemonProcess } from './double/daemonProcess.js';
import { buildSpec, importSpec } from './double/specs.js';
import { beginJob, makeTemplate, startReal, type Template } from './double/startReal.js';
import { TestCoordinator } from './double/testCoordinator.js';

const plugins = await testPlugins();

beforeAll(compile, 300_000);

/** Versions of a template that differ in an output, so that their warm directories do too. */
async function version(name: string): Promise<Template> {
  return makeTemplate({
    'main.tf': `terraform {
  required_providers {
    time = { source = "hashicorp/time" }
  }
}
resource "time_static" "now" {}
output "${name}" { value = 1 }
`,
  });
}

test.skipIf(plugins.mirror === null)(
  `two daemons and eight slots that need one plugin at once fetch it once${plugins.skipped ?? ''}`,
  { timeout: 300_000 },
  async () => {
    const network = await startNetworkMirror(plugins.mirror);
    vi.stubEnv('SSL_CERT_FILE', network.certificate);
    const templates = [await version('a'), await version('b')];
    const [first] = templates;
    if (first === undefined) throw new Error('there is no template');
    const importer = await startReal({ pluginMirrors: [network.url] });
    const imported = await importer.run(importSpec({ archive: first.archive }), first);
    const [result] = imported.data.results;
    const lockFile = result?.type === 'template_import' ? result.lockFile : null;
    const before = network.downloads();

    const pluginCache = join(tempDir(), 'cache');
    const ended: Promise<AttemptOutcome>[] = [];
    for (let daemon = 0; daemon < 2; daemon++) {
      const coordinator = await TestCoordinator.start();
      const options = { slots: 4, pluginCache, pluginMirrors: [network.url] };
      startDaemonProcess(coordinator, join(tempDir(), 'data'), options);
      const connection = await coordinator.connected();
      for (let slot = 0; slot < 4; slot++) {
        const template = templates[slot % 2] ?? first;
        const spec = buildSpec({ archive: template.archive, lockFile });
        const begun = beginJob(coordinator, connection, spec, template);
        ended.push(begun.then(() => connection.nextOf('terminal', spec.job)).then(({ outcome }) => outcome));
      }
    }
    for (const outcome of await Promise.all(ended)) expect(outcome.error).toBeNull();
    expect(network.downloads() - before).toBe(1);
    const entries = readdirSync(join(pluginCache, 'entries'));
    expect(entries).toHaveLength(1);
    const files = join(pluginCache, 'entries', entries[0] ?? '', 'files');
    for (const file of readdirSync(files)) expect(statSync(join(files, file)).mode & 0o222).toBe(0);
  },
);
