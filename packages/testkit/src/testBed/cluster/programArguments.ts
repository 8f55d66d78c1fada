/** The arguments of the control plane's programs: loopback alone, one of each, as little work as possible. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recipeOf } from '../recipe.js';
import { volumeStages } from './objects.js';
import type { RunFolder } from './runFolder.js';

export function etcdArguments(folder: RunFolder, url: string, peerPort: number): string[] {
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    `--data-dir=${folder.etcd}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--log-level=warn',
    // The cluster does not outlive its run.
    '--unsafe-no-fsync',
  ];
}

export function apiServerArguments(folder: RunFolder, etcdUrl: string, port: number): string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    // A Service's endpoints may not be on loopback; nobody reaches the API server by one.
    '--endpoint-reconciler-type=none',
    `--secure-port=${port}`,
    `--cert-dir=${folder.certificates}`,
    `--token-auth-file=${folder.tokens}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${folder.serviceAccountKey}`,
    `--service-account-signing-key-file=${folder.serviceAccountKey}`,
  ];
}

export function controllerManagerArguments(folder: RunFolder): string[] {
  return [
    `--kubeconfig=${folder.kubeconfig}`,
    '--leader-elect=false',
    '--secure-port=0',
    `--service-account-private-key-file=${folder.serviceAccountKey}`,
    `--root-ca-file=${join(folder.certificates, 'apiserver.crt')}`,
  ];
}

export function schedulerArguments(folder: RunFolder): string[] {
  return [`--kubeconfig=${folder.kubeconfig}`, '--leader-elect=false', '--secure-port=0'];
}

export function kwokArguments(folder: RunFolder): string[] {
  mkdirSync(folder.stages);
  for (const stage of volumeStages)
    writeFileSync(join(folder.stages, `${stage.metadata.name}.yaml`), JSON.stringify(stage));
  const stageFolders = [join(recipeOf('kwok').folder, 'files'), folder.stages];
  const stages = stageFolders.flatMap(from => readdirSync(from).map(name => join(from, name)));
  return [
    `--kubeconfig=${folder.kubeconfig}`,
    '--manage-all-nodes',
    '--node-lease-duration-seconds=40',
    ...stages.map(file => `--config=${file}`),
  ];
}
