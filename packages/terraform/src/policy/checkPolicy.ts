import type { Use } from '../configuration/configuration.js';
import { TerraformError } from '../errors.js';
import { guardHolds } from '../guards.js';
import type { Diagnostic } from '../output/diagnostic.js';
import type { Policy, PolicyRule } from './policy.js';

/** What is known of a template at some moment. */
export interface TemplateFacts {
  /** sha256 of its archive. */
  archive?: string | undefined;
  uses?: readonly Use[] | undefined;
  /** Addresses of the plugins that init chose, in full. */
  plugins?: readonly string[] | undefined;
}

const ruleOf = {
  plugin: 'plugins',
  provisioner: 'provisioners',
  data_source: 'data_sources',
  resource: 'resources',
} as const;
const words = {
  plugin: 'plugin',
  provisioner: 'provisioner',
  data_source: 'data source',
  resource: 'resource',
} as const;

/**
 * Refuses a template that does what the daemon's owner does not allow.
 *
 * @throws TerraformError `policy_refused`; its diagnostics name every place
 */
export function checkPolicy(policy: Policy, { archive, uses = [], plugins = [] }: TemplateFacts): void {
  if (!guardHolds('terraform.policy')) return;
  const refusals: Diagnostic[] = [];
  if (archive !== undefined && !permits(policy.archives, [archive])) refusals.push(refusal('archive', archive));
  for (const { kind, name, file, line } of uses) {
    const names = kind === 'plugin' ? addressForms(name) : [name];
    if (!permits(policy[ruleOf[kind]], names)) refusals.push(refusal(words[kind], name, { file, line }));
  }
  for (const name of plugins) {
    if (!permits(policy.plugins, addressForms(name))) refusals.push(refusal(words.plugin, name));
  }
  const [first] = refusals;
  if (first === undefined) return;
  throw new TerraformError('policy_refused', `${first.summary}${placeOf(first)}`, { diagnostics: refusals });
}

function permits(rule: PolicyRule | undefined, names: readonly string[]): boolean {
  if (rule === undefined) return true;
  const isOneOf = (patterns: readonly string[]): boolean => {
    return patterns.some(pattern => names.some(name => matches(name, pattern)));
  };
  if (isOneOf(rule.deny ?? [])) return false;
  return rule.allow === undefined || isOneOf(rule.allow);
}

/** With and without the host of the registry. */
function addressForms(address: string): string[] {
  return [address, address.slice(address.indexOf('/') + 1)];
}

function matches(name: string, pattern: string): boolean {
  const parts = pattern.toLowerCase().split('*');
  const text = parts.map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*');
  return new RegExp(`^${text}$`).test(name.toLowerCase());
}

function refusal(what: string, name: string, place: { file: string; line: number | null } | null = null): Diagnostic {
  return {
    severity: 'error',
    summary: `the policy of this daemon does not allow the ${what} ${name}`,
    detail: '',
    address: null,
    file: place?.file ?? null,
    line: place?.line ?? null,
    snippet: null,
    values: [],
  };
}

function placeOf({ file, line }: Diagnostic): string {
  if (file === null) return '';
  return line === null ? ` (${file})` : ` (${file} line ${line})`;
}
