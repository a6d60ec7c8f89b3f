/** The command line of each part of a control plane, on loopback. */
import { join } from 'node:path';
import type { ClusterFiles } from './cluster-files.ts';
import type { PartName, PartRecord } from './fleet-file.ts';
import type { ControlPlane } from './get-programs.ts';

export interface ClusterPlan {
  readonly name: string;
  /** Whether the API server writes down who has written what. */
  readonly audited: boolean;
  readonly files: ClusterFiles;
  readonly ports: {
    readonly server: number;
    readonly etcd: number;
    readonly etcdPeer: number;
    readonly controllerManager: number;
    readonly scheduler: number;
  };
}

const LOOPBACK = '127.0.0.1';

/** A part's record before it has a process. */
export function commandOf(part: PartName, plan: ClusterPlan, paths: ControlPlane['paths']): Omit<PartRecord, 'pid'> {
  const log = join(plan.files.folder, `${part}.log`);
  return { part, command: paths[part], args: ARGUMENTS[part](plan), log };
}

const ARGUMENTS: Readonly<Record<PartName, (plan: ClusterPlan) => readonly string[]>> = {
  etcd: etcdArguments,
  'kube-apiserver': serverArguments,
  'kube-controller-manager': controllerManagerArguments,
  'kube-scheduler': schedulerArguments,
};

/** Its data need not survive the machine: it does not wait for the disk. */
function etcdArguments({ name, files, ports }: ClusterPlan): readonly string[] {
  const client = `https://${LOOPBACK}:${ports.etcd}`;
  const peer = `http://${LOOPBACK}:${ports.etcdPeer}`;
  return [
    `--name=${name}`,
    `--data-dir=${join(files.folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=${name}=${peer}`,
    `--cert-file=${files.etcdServer.cert}`,
    `--key-file=${files.etcdServer.key}`,
    `--trusted-ca-file=${files.etcdCa}`,
    '--client-cert-auth',
    // For its own HTTP gateway, by which history is compacted.
    `--client-cert-file=${files.etcdClient.cert}`,
    `--client-key-file=${files.etcdClient.key}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

function serverArguments({ audited, files, ports }: ClusterPlan): readonly string[] {
  return [
    `--etcd-servers=https://${LOOPBACK}:${ports.etcd}`,
    `--etcd-cafile=${files.etcdCa}`,
    `--etcd-certfile=${files.etcdClient.cert}`,
    `--etcd-keyfile=${files.etcdClient.key}`,
    `--bind-address=${LOOPBACK}`,
    `--secure-port=${ports.server}`,
    // It refuses to advertise a loopback address.
    '--endpoint-reconciler-type=none',
    `--cert-dir=${files.folder}`,
    `--tls-cert-file=${files.server.cert}`,
    `--tls-private-key-file=${files.server.key}`,
    `--client-ca-file=${files.ca}`,
    `--service-account-key-file=${files.accountKey}`,
    `--service-account-signing-key-file=${files.accountKey}`,
    `--service-account-issuer=https://${LOOPBACK}:${ports.server}`,
    `--authentication-token-webhook-config-file=${files.tokenWebhook}`,
    '--authentication-token-webhook-version=v1',
    // A token that was refused while nobody answered is asked for again soon.
    '--authentication-token-webhook-cache-ttl=10s',
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--allow-privileged',
    '--profiling=false',
    ...(audited ? [`--audit-policy-file=${files.auditPolicy}`, `--audit-log-path=${auditLogIn(files.folder)}`] : []),
  ];
}

/** A line of JSON for each write, when it was answered. */
export const auditLogIn = (clusterFolder: string): string => join(clusterFolder, 'audit.log');

function controllerManagerArguments({ files, ports }: ClusterPlan): readonly string[] {
  const { controllerManager } = files.kubeconfigs;
  return [
    ...asClient(controllerManager, ports.controllerManager, files),
    '--use-service-account-credentials',
    `--service-account-private-key-file=${files.accountKey}`,
    `--root-ca-file=${files.ca}`,
  ];
}

function schedulerArguments({ files, ports }: ClusterPlan): readonly string[] {
  return asClient(files.kubeconfigs.scheduler, ports.scheduler, files);
}

/** There is one of each: nobody to elect. */
const asClient = (kubeconfig: string, port: number, { folder }: ClusterFiles): readonly string[] => [
  `--kubeconfig=${kubeconfig}`,
  `--authentication-kubeconfig=${kubeconfig}`,
  `--authorization-kubeconfig=${kubeconfig}`,
  `--bind-address=${LOOPBACK}`,
  `--secure-port=${port}`,
  `--cert-dir=${folder}`,
  '--leader-elect=false',
  '--profiling=false',
];
