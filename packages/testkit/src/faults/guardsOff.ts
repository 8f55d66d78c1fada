/**
 * Loaded into a program under test by `node --import`: switches off the guards that its own address names, `?guard=NAME`,
 * to see that a fault run would notice.
 */
const { searchParams } = new URL(import.meta.url);
Reflect.set(globalThis, Symbol.for('berth.guards.switchedOff'), new Set(searchParams.getAll('guard')));
