import { TerraformError } from '../errors.js';
import { type ProbeSandboxOptions, probeSandbox } from './probeSandbox.js';
import type { Sandbox, SandboxMode } from './sandbox.js';

/** The sandbox that is in force. */
export interface SandboxChoice {
  /** Null for none. */
  sandbox: Sandbox | null;
  /** What the operator should know: that there is none although one was wanted, and why. */
  warning: string | null;
}

/**
 * Chooses by the mode that the daemon's owner set.
 *
 * @throws TerraformError `sandbox_unavailable` when one is required and does not work; `sandbox_path_refused`
 */
export async function chooseSandbox(mode: SandboxMode, options: ProbeSandboxOptions): Promise<SandboxChoice> {
  if (mode === 'none') return { sandbox: null, warning: null };
  const probe = await probeSandbox(options);
  if (probe.works) return { sandbox: probe.sandbox, warning: null };
  if (mode === 'require') throw new TerraformError('sandbox_unavailable', `no sandbox: ${probe.reason}`);
  return { sandbox: null, warning: `templates run without a sandbox, with this user's rights: ${probe.reason}` };
}
