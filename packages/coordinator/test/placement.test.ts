import { placement } from '@berth/protocol';
import { expect, test } from 'vitest';
import { providerAttribute } from '../src/builds/placement.js';

const values = { UserEmail: 'a@b.c', UserName: 'a', UserID: '1', WorkspaceName: 'w', OrganizationName: 'o' };

test('what a provider leaves open is null, each attribute of it', () => {
  expect(providerAttribute('built-in', {}, values)).toEqual({
    name: 'built-in',
    namespace: null,
    storage_class: null,
    service_account: null,
    service_account_annotations: null,
    pod_tolerations: null,
    pod_node_selector: null,
    affinity: null,
  });
});

test('placeholders are filled in, tolerations complete, an affinity as text', () => {
  const given = placement.parse({
    namespace: 'workspaces',
    service_account_annotations: { role: 'x/{{ .UserEmail }}/{{.WorkspaceName}}', plain: '$& {{' },
    pod_tolerations: [{ key: 'spot', operator: 'Exists', tolerationSeconds: 5 }],
    affinity: {},
  });
  expect(providerAttribute('built-in', given, { ...values, UserEmail: "$&$'@b.c" })).toMatchObject({
    namespace: 'workspaces',
    service_account_annotations: { role: "x/$&$'@b.c/w", plain: '$& {{' },
    pod_tolerations: [{ key: 'spot', operator: 'Exists', value: null, effect: null, toleration_seconds: 5 }],
    affinity: '{}',
  });
});

test.each([
  [{ namespace: 'Up' }, 'namespace'],
  [{ service_account_annotations: { a: '{{ .Password }}' } }, 'service_account_annotations.a'],
  [{ service_account: 'x', service_account_annotations: { a: 'b' } }, 'service_account_annotations'],
  [{ pod_tolerations: [{ operator: 'Equals' }] }, 'pod_tolerations.0.operator'],
  [{ namespce: 'x' }, ''],
])('%j is refused', (given, path) => {
  expect(placement.safeParse(given).error?.issues[0]?.path.join('.')).toBe(path);
});
