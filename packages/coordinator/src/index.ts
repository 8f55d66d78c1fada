export { type Coordinator, startCoordinator } from './coordinator.js';
export type { BuiltInChild, CoordinatorOptions, PreSharedKey, StartBuiltIn } from './options.js';
export type { Timings } from './timings.js';
