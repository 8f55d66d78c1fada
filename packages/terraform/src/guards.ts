/** The guards of this package; what each prevents stands in packages/README.md. */
export const guardNames = [
  'terraform.engine_checksum',
  'terraform.engine_signature',
  'terraform.environment',
  'terraform.lease',
  'terraform.own_backend',
  'terraform.plugin_checksum',
  'terraform.plugin_in_use',
  'terraform.policy',
  'terraform.process_identity',
  'terraform.redactor',
  'terraform.sandbox',
  'terraform.sandbox_mask',
  'terraform.snapshot_check',
  'terraform.state_link',
  'terraform.stray_files',
  'terraform.variable_snippets',
  'terraform.watch_again',
] as const;
type GuardName = (typeof guardNames)[number];

/** Every package looks at the same object: a set of names, which only the testkit ever puts there. */
const SWITCHED_OFF = Symbol.for('berth.guards.switchedOff');

/**
 * Whether a guard is in force: always, but in a test that has switched it off to show that another test notices. No
 * environment variable, flag or file leads here.
 */
export function guardHolds(name: GuardName): boolean {
  const off: unknown = Reflect.get(globalThis, SWITCHED_OFF);
  return !(off instanceof Set && off.has(name));
}
