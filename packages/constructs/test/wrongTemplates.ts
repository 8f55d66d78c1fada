// What must not compile. It is never run: `scripts/check` compiles it, and an error that does not come is one.
import { between, hcl, KubernetesWorkspace, oneOf, types, type WorkspaceStack } from '../src/index.js';

export function wrongTemplates(stack: WorkspaceStack): void {
  const cpu = stack.parameter('cpu', types.number);
  const image = stack.parameter('image', types.string);
  const git = stack.parameter('git', types.object({ name: types.string, email: types.optional(types.string) }));
  const disk = { size: '1Gi' };

  // @ts-expect-error a number is no image
  new KubernetesWorkspace(stack, 'a', { image: cpu, disk });
  // @ts-expect-error a text is no port
  new KubernetesWorkspace(stack, 'b', { image, disk, ports: [{ name: 'http', port: image }] });
  // @ts-expect-error a workspace has a disk
  new KubernetesWorkspace(stack, 'c', { image });
  // @ts-expect-error there is no such form
  new KubernetesWorkspace(stack, 'd', { image, disk, via: 'helm' });
  // @ts-expect-error a misspelt option
  new KubernetesWorkspace(stack, 'e', { image, disk, enviroment: {} });
  // @ts-expect-error what a provider may leave open cannot be relied on
  new KubernetesWorkspace(stack, 'f', { image, disk, namespace: stack.berth.provider.namespace });
  // @ts-expect-error Kubernetes knows no such operator
  new KubernetesWorkspace(stack, 'g', { image, disk, tolerations: [{ operator: 'Equals' }] });
  // @ts-expect-error the attribute may be left out, so it may be null
  new KubernetesWorkspace(stack, 'h', { image, disk, env: { MAIL: git.get('email') } });
  // @ts-expect-error there is no such attribute
  git.get('nmae');
  // @ts-expect-error a default has the parameter's type
  stack.parameter('i', types.number, { default: '2' });
  // @ts-expect-error an object's default has its attributes
  stack.parameter('j', types.object({ name: types.string }), { default: {} });
  // @ts-expect-error a range is of numbers
  stack.parameter('k', types.string, { validation: [between(1, 2)] });
  // @ts-expect-error a choice has the parameter's type
  stack.parameter('l', types.number, { validation: [oneOf('a', 'b')] });
  const unknown = hcl`${cpu} + 1`;
  // @ts-expect-error whoever writes an expression by hand says what it is
  new KubernetesWorkspace(stack, 'm', { image: unknown, disk });

  new KubernetesWorkspace(stack, 'n', { image: hcl<string>`lower(${image})`, disk, env: { NAME: git.get('name') } });
}
