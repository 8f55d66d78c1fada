/** The guards of protocol and of the packages that import it; what each prevents stands in packages/README.md. */
export const guardNames = [
  'coordinator.aliveness',
  'coordinator.losses',
  'daemon.archive_paths',
  'protocol.fence',
  'protocol.gate',
  'store.digest',
  'store.instance',
  'store.late_state',
  'store.passing_values',
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
