import type { Engine } from '../engine/findEngine.js';

/** Whether engines run in a sandbox: where it works, always (an error where it does not), never. */
export const sandboxModes = ['auto', 'require', 'none'] as const;
export type SandboxMode = (typeof sandboxModes)[number];

/** What the daemon's owner lets into the sandbox and keeps out of it, beside the system's own folders. Absolute paths. */
export interface SandboxPaths {
  /** To be read by templates: a kubeconfig, `~/.aws`, the token of a pod… */
  readable: readonly string[];
  /** To be written to by templates. */
  writable: readonly string[];
  /** Folders that plugins come from: mirrors and caches. To be read. */
  plugins: readonly string[];
  /**
   * Files and folders that no template may see, wherever they stand in what it may read: data directory, credentials.
   * What of the data directory an engine needs comes with each run.
   */
  hidden: readonly string[];
}

/** A sandbox that has been seen to work here. Made by `probeSandbox`. */
export interface Sandbox extends SandboxPaths {
  /** Path of `bwrap`. */
  bwrap: string;
  engine: Pick<Engine, 'path'>;
}
