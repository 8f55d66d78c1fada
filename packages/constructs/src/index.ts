export type { Berth, ProviderToleration } from './berthVariable.js';
export { App } from './cdktf.js';
export { Expression, type Value } from './expression.js';
export { hcl } from './hcl.js';
export type * from './kubernetes/affinity.js';
export { KubernetesWorkspace } from './kubernetes/kubernetesWorkspace.js';
export type {
  Disk,
  KubernetesWorkspaceOptions,
  Port,
  Quantities,
  SecurityContext,
} from './kubernetes/options.js';
export { between, matching, oneOf, Parameter, type ParameterOptions, type Validation } from './parameter.js';
export { type InputOf, type OptionalType, type ParameterType, types, type ValueOf } from './parameterType.js';
export { type OutputOptions, WorkspaceStack } from './workspaceStack.js';
