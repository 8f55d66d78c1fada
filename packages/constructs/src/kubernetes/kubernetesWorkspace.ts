import { Construct } from 'constructs';
import type { Expression } from '../expression.js';
import type { WorkspaceStack } from '../workspaceStack.js';
import { makeKubectlForm } from './kubectlForm.js';
import { workspaceModel } from './model.js';
import type { KubernetesWorkspaceOptions } from './options.js';
import { makeResourceForm } from './resourceForm.js';

/**
 * A workspace on Kubernetes: a volume claim and a service account that survive a stop, a deployment of one pod that is
 * there from start to stop, and a service where it has ports.
 */
export class KubernetesWorkspace extends Construct {
  /** The name of all of them. */
  readonly name: Expression<string>;
  /** Where they are. */
  readonly namespace: Expression<string>;

  /** @param id begins the names of its resources in the template */
  constructor(stack: WorkspaceStack, id: string, options: KubernetesWorkspaceOptions) {
    super(stack, `${id}-workspace`);
    const model = workspaceModel(stack, id, options);
    this.name = model.placement.name;
    this.namespace = model.placement.namespace;
    const make = options.via === 'kubectl' ? makeKubectlForm : makeResourceForm;
    make(stack, id, model);
  }
}
