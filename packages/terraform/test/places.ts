import type { TestPlugins } from '@berth/testkit';
import { probeSandbox, type Sandbox, type SandboxPaths } from '../src/index.js';
import { engine } from './setup.js';

/** Where an engine can run. */
interface Place {
  /** For the name of a test, with the reason where it is skipped. */
  name: string;
  sandbox: Sandbox | null;
  skipped: string | null;
}

/** Both places for what holds in both. What the plugins cannot be had for is skipped. */
export async function places({ plugins }: { plugins?: TestPlugins } = {}): Promise<Place[]> {
  const { sandbox, skipped } = await testSandbox({ plugins: plugins?.mirror ? [plugins.mirror] : [] });
  const without = plugins?.skipped ?? null;
  return [named('without a sandbox', null, without), named('in the sandbox', sandbox, without ?? skipped)];
}

function named(name: string, sandbox: Sandbox | null, skipped: string | null): Place {
  return { name: skipped === null ? name : `${name} (skipped: ${skipped})`, sandbox, skipped };
}

/** A sandbox, or why this machine has none. */
export async function testSandbox(
  paths: Partial<SandboxPaths> = {},
): Promise<{ sandbox: Sandbox | null; skipped: string | null }> {
  const probe = await probeSandbox({ engine, ...paths });
  return probe.works ? { sandbox: probe.sandbox, skipped: null } : { sandbox: null, skipped: probe.reason };
}
