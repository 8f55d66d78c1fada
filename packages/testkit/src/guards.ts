import { expect, onTestFinished, test } from 'vitest';

/** The set that each package's `guards.ts` looks at; it is in no other way to be reached. */
const SWITCHED_OFF = Symbol.for('berth.guards.switchedOff');

/** Switches a guard off in this process until the running test ends. */
export function switchOffGuard(name: string): void {
  const found: unknown = Reflect.get(globalThis, SWITCHED_OFF);
  const off: Set<unknown> = found instanceof Set ? found : new Set();
  Reflect.set(globalThis, SWITCHED_OFF, off);
  off.add(name);
  onTestFinished(() => void off.delete(name));
}

/**
 * A test of a guard, and a second one which shows that the first can fail: with the guard off an expectation of the
 * same check must not hold.
 *
 * @param check everything that the test does; it must come to an end with the guard off too
 */
export function testGuard(guard: string, name: string, check: () => Promise<void> | void): void {
  test(name, async () => {
    await check();
  });
  test(`${name}: noticed with ${guard} off`, async () => {
    switchOffGuard(guard);
    let failure: unknown = null;
    try {
      await check();
    } catch (error) {
      failure = error;
    }
    // An error of another kind would say that the check broke, not that it noticed.
    expect(failure).toMatchObject({ name: 'AssertionError' });
  });
}
