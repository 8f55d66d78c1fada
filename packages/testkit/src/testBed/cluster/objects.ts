/** What stands in a new cluster beside what Kubernetes makes itself. */

/** kwok plays it; it takes any number of pods and runs none of them. */
export const node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: 'node-1',
    annotations: { 'kwok.x-k8s.io/node': 'fake' },
    labels: { 'kubernetes.io/hostname': 'node-1', 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
  },
  status: {
    allocatable: { cpu: '64', memory: '256Gi', pods: '1000' },
    capacity: { cpu: '64', memory: '256Gi', pods: '1000' },
  },
};

/** What the volume stages provide for, like a provisioner outside of Kubernetes' own. */
const PROVISIONER = 'berth.dev/testbed';

/**
 * The default binds at once; the others are for templates that name one, and for claims that wait for their pod. The claims
 * of `fast` may ask for more later, as far as the API server is concerned: nothing here makes a volume larger.
 */
export const storageClasses = [
  storageClass('standard', 'Immediate', { 'storageclass.kubernetes.io/is-default-class': 'true' }),
  { ...storageClass('fast', 'Immediate', {}), allowVolumeExpansion: true },
  storageClass('on-first-use', 'WaitForFirstConsumer', {}),
];

function storageClass(name: string, volumeBindingMode: string, annotations: Record<string, string>) {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name, annotations },
    provisioner: PROVISIONER,
    reclaimPolicy: 'Delete',
    volumeBindingMode,
  };
}

/**
 * Stages for kwok that do a provisioner's work: a claim which the volume controller has handed to the provisioner gets
 * a volume made for it, which the controller binds; a volume whose claim is gone is deleted.
 */
export const volumeStages = [
  stage(
    'volume-provision',
    'PersistentVolumeClaim',
    {
      matchAnnotations: { 'volume.kubernetes.io/storage-provisioner': PROVISIONER },
      matchExpressions: [
        { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' },
        { key: '.spec.volumeName', operator: 'DoesNotExist' },
      ],
    },
    {
      apply: {
        template: `
apiVersion: v1
kind: PersistentVolume
metadata:
  name: pvc-{{ .metadata.uid }}
  annotations:
    pv.kubernetes.io/provisioned-by: ${PROVISIONER}
spec:
  accessModes:
  {{ YAML .spec.accessModes 1 }}
  capacity:
    storage: {{ .spec.resources.requests.storage | Quote }}
  persistentVolumeReclaimPolicy: Delete
  storageClassName: {{ .spec.storageClassName | Quote }}
  volumeMode: {{ .spec.volumeMode | Quote }}
  claimRef:
    apiVersion: v1
    kind: PersistentVolumeClaim
    namespace: {{ .metadata.namespace | Quote }}
    name: {{ .metadata.name | Quote }}
    uid: {{ .metadata.uid | Quote }}
  hostPath:
    path: /volumes/{{ .metadata.uid }}
`,
      },
    },
  ),
  stage(
    'volume-delete',
    'PersistentVolume',
    {
      matchAnnotations: { 'pv.kubernetes.io/provisioned-by': PROVISIONER },
      matchExpressions: [
        { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' },
        { key: '.status.phase', operator: 'In', values: ['Released'] },
      ],
    },
    { delete: true },
  ),
];

function stage(name: string, kind: string, selector: object, step: object) {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef: { apiGroup: 'v1', kind }, selector, steps: [step] },
  };
}
