import { App, between, hcl, KubernetesWorkspace, matching, types, WorkspaceStack } from '@berth/constructs';

const app = new App();
const stack = new WorkspaceStack(app, 'kubernetes');

const cpu = stack.parameter('cpu', types.number, {
  description: 'Processor cores, 1 to 16',
  default: 2,
  validation: [between(1, 16)],
});

const memory = stack.parameter('memory', types.number, {
  description: 'Memory in GiB, 1 to 64',
  default: 4,
  validation: [between(1, 64)],
});

const disk = stack.parameter('disk', types.number, {
  description: 'Disk in GiB, 1 to 1000; it can grow later, not shrink',
  default: 20,
  validation: [between(1, 1000)],
});

const image = stack.parameter('image', types.string, {
  description: 'Image of the container; it needs a shell',
  default: 'debian:12',
  validation: [matching('^[^\\s]+$', 'Write an image as REGISTRY/NAME:TAG.')],
});

const workspace = new KubernetesWorkspace(stack, 'workspace', {
  image,
  disk: { size: `${disk}Gi`, mountPath: '/home/workspace' },
  resources: {
    // A workspace is idle most of the time: of its cores it is sure of a quarter.
    requests: { cpu: `${hcl`${cpu} * 250`}m`, memory: `${memory}Gi` },
    limits: { cpu: `${cpu}`, memory: `${memory}Gi` },
  },
  env: {
    HOME: '/home/workspace',
    WORKSPACE_OWNER: stack.berth.owner.username,
    GIT_AUTHOR_NAME: stack.berth.owner.name,
    GIT_AUTHOR_EMAIL: stack.berth.owner.email,
  },
  initScript: 'mkdir -p "$HOME/projects"',
  ports: [{ name: 'http', port: 8080 }],
});

stack.output('namespace', workspace.namespace, { description: 'Where it stands in the cluster' });
stack.output('name', workspace.name, { description: 'Name of its deployment, claim, service and account' });

app.synth();
