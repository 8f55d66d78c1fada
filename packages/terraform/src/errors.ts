import type { Diagnostic } from './output/diagnostic.js';

/**
 * Every error of this package that a user or an operator can do something about, with the hint that is shown unless the
 * place that throws it knows a better one.
 */
export const terraformErrorCodes = {
  /** Neither terraform nor tofu was found. */
  engine_missing: { hint: 'Install terraform or tofu, or name the program with --engine-path.' },
  /** The engine is older than the oldest version that works. */
  engine_too_old: { hint: 'Install a newer one, or name another program with --engine-path.' },
  /** What was found does not answer as terraform or tofu do. */
  engine_broken: { hint: 'Try `terraform version` by hand as the same user.' },
  /** A release of an engine could not be fetched, or is not what its makers have signed. */
  engine_install_failed: {
    hint: 'Look at --engine-install, --engine-release-url and the network, or install the engine by hand and name it with --engine-path.',
  },
  /** The supervisor could not be started. */
  start_failed: { hint: null },
  /** A folder holds no run, or not all of the files that one leaves. */
  run_missing: { hint: null },
  /** The handle on a run was closed while the run was followed; the run goes on. */
  run_closed: { hint: null },
  /** The folder has no file that the engine would read. */
  no_configuration: { hint: 'A template needs at least one .tf, .tf.json or .tofu file at its top.' },
  /** A configuration file cannot be parsed. `diagnostics` say where. */
  invalid_configuration: { hint: null },
  /** The configuration could not be read for a reason that is not its own. */
  configuration_unreadable: { hint: null },
  /** The template has a file that would replace one of ours. */
  reserved_file: { hint: null },
  /** A plugin mirror is not there, or cannot be written down in a CLI configuration. */
  invalid_mirror: { hint: null },
  /** A plugin that a lock file names can be had from none of the sources. */
  plugin_unavailable: {
    hint: "Put it into a plugin mirror ('berth provisionerd mirror add DIR …') and start daemons with --plugin-mirror DIR.",
  },
  /** What a source has is not what a lock file names, or the lock file names nothing for this platform. */
  plugin_hash_mismatch: {
    hint: "If the lock file was made on another platform, add this one's checksums in the template's folder ('terraform providers lock -platform=OS_ARCH', once for each platform of the daemons) and push it again.",
  },
  /** A file is not the plugin that it should be. */
  invalid_plugin: { hint: null },
  /** The plugin cache cannot be written to, or locked. */
  plugin_cache_unusable: { hint: 'Name another folder with --plugin-cache, or make it writable for this user.' },
  /** `terraform validate` printed what is no report. */
  invalid_report: { hint: null },
  /** A sandbox is required, and does not work here. */
  sandbox_unavailable: {
    hint: 'Install bubblewrap and let this user make user namespaces, or start with --sandbox auto or none.',
  },
  /** A path cannot be shown in the sandbox, or must not be. */
  sandbox_path_refused: { hint: null },
  /** The policy file of a daemon's owner cannot be read, or is none. */
  policy_unusable: { hint: null },
  /** The daemon's owner does not allow what a template does. `diagnostics` say where. */
  policy_refused: { hint: 'Ask the owner of the daemon, or let the template run on another one: tags choose.' },
  /** A state that was expected to be usable is not. */
  state_unusable: { hint: null },
} as const satisfies Record<string, { hint: string | null }>;

export type TerraformErrorCode = keyof typeof terraformErrorCodes;

export interface TerraformErrorDetails {
  /** What the reader can do about it; the code's own hint unless given. */
  hint?: string;
  cause?: unknown;
  /** Where in the configuration it is wrong. */
  diagnostics?: readonly Diagnostic[];
}

/** An error with a code of {@link terraformErrorCodes}. Nobody matches on its message. */
export class TerraformError extends Error {
  readonly code: TerraformErrorCode;
  readonly hint: string | null;
  readonly diagnostics: readonly Diagnostic[];

  constructor(code: TerraformErrorCode, message: string, details: TerraformErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'TerraformError';
    this.code = code;
    this.hint = details.hint ?? terraformErrorCodes[code].hint;
    this.diagnostics = details.diagnostics ?? [];
  }
}
