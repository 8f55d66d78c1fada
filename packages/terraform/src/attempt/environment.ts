import { guardHolds } from '../guards.js';

/** Environment variables by name. */
export type Environment = Record<string, string>;

export interface EnvironmentOptions {
  /** A built-in daemon shares the coordinator's machine: only what is needed to find programs and reach the network. */
  builtIn: boolean;
  /**
   * Narrows an external daemon's environment to what a built-in one passes on and these names; a `*` at the end stands
   * for the rest. What is never passed on stays out even if it is named here.
   */
  allow?: readonly string[] | undefined;
  /** Names of variables that hold secrets of our own; never passed on. */
  secretNames?: readonly string[] | undefined;
}

/**
 * Never passed on: settings and credentials of Berth and Coder; what would change the engine's arguments, output,
 * variables, data folder, workspace, configuration or plugins; what reaches into Node or the loader; the shell's own.
 */
const forbidden = [
  'BERTH_*',
  'CODER_*',
  'TF_CLI_ARGS*',
  'TF_CLI_CONFIG_FILE',
  'TERRAFORM_CONFIG',
  'TF_DATA_DIR',
  'TF_ENCRYPTION',
  'TF_IGNORE',
  'TF_INPUT',
  'TF_LOG*',
  'TF_PLUGIN_CACHE_DIR',
  'TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE',
  'TF_REATTACH_PROVIDERS',
  'TF_STATE_PERSIST_INTERVAL',
  'TF_VAR_*',
  'TF_WORKSPACE',
  'NODE_*',
  'npm_*',
  'LD_AUDIT',
  'LD_PRELOAD',
  'PWD',
  'OLDPWD',
  'SHLVL',
  '_',
];

/** What a built-in daemon passes on. Proxies are known by both spellings (curl reads `http_proxy` in lower case only). */
const builtInAllowed = [
  'PATH',
  'HOME',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];

/** What every engine gets: no look-ups of new versions, no advice for people at a terminal. */
const fixed: Environment = { CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_INPUT: '0' };

/**
 * The environment of the engine, made from the daemon's own. That the rest of an external daemon's environment arrives
 * (AWS_*, KUBECONFIG, proxies…) is what it stands in that network for.
 */
export function terraformEnvironment(
  host: Readonly<Record<string, string | undefined>>,
  options: EnvironmentOptions,
): Environment {
  const allowed = options.builtIn ? builtInAllowed : options.allow && [...builtInAllowed, ...options.allow];
  const secretNames = new Set(options.secretNames ?? []);
  const passed: Environment = {};
  for (const [name, value] of Object.entries(host)) {
    if (value === undefined) continue;
    if ((secretNames.has(name) || matches(name, forbidden)) && guardHolds('terraform.environment')) continue;
    if (allowed !== undefined && !matches(name, allowed)) continue;
    passed[name] = value;
  }
  return { ...passed, ...fixed };
}

function matches(name: string, patterns: readonly string[]): boolean {
  return patterns.some(pattern => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
}
