import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Access } from './kubernetesApi.js';
import type { RunFolder } from './runFolder.js';

/** Who may ask the API server, and the group that says what: `admin` everything, `nobody` what RBAC comes to allow. */
const groups = { admin: 'system:masters', nobody: 'berth.dev:nobody' } as const;

export type User = keyof typeof groups;

/** Writes what the API server knows its users by, and the key of service accounts' tokens. */
export function writeCredentials(folder: RunFolder, port: number): Record<User, Access> {
  const token = { admin: randomBytes(16).toString('hex'), nobody: randomBytes(16).toString('hex') };
  const lines = Object.entries(groups).map(
    ([user, group]) => `${Reflect.get(token, user)},${user},${user},"${group}"\n`,
  );
  writeFileSync(folder.tokens, lines.join(''), { mode: 0o600 });
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  writeFileSync(folder.serviceAccountKey, privateKey, { mode: 0o600 });
  const server = `https://127.0.0.1:${port}`;
  // The API server makes its certificate at its first start, with the one that signed it behind it.
  const caFile = join(folder.certificates, 'apiserver.crt');
  return {
    admin: { server, caFile, token: token.admin },
    nobody: { server, caFile, token: token.nobody },
  };
}

/** A kubeconfig that needs no other file. The API server must have made its certificate. */
export function formatKubeconfig({ server, caFile, token }: Access): string {
  return `apiVersion: v1
kind: Config
clusters:
  - name: testbed
    cluster:
      server: ${server}
      certificate-authority-data: ${readFileSync(caFile).toString('base64')}
users:
  - name: testbed
    user:
      token: ${token}
contexts:
  - name: testbed
    context: { cluster: testbed, user: testbed, namespace: default }
current-context: testbed
`;
}
