/** A hub and members on plain servers, every node standing, pods ready as soon as they are applied: startPlainFleet. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PUBLIC_ENDPOINTS } from '../../operator/clouds/cloud-endpoints.ts';
import { createAuthority } from '../../operator/sandbox/certificates.ts';
import type { KubeDocument } from '../../operator/sandbox/kube-api.ts';
import type { FleetInfo } from './fleet-link.ts';
import { memberName } from './fleets.ts';
import { startPlainServer, type PlainServer } from './plain-server.ts';

const TOKEN = 'bench';
const OPERATOR_NAMESPACE = 'default';
const POOL = 'gpu';
const ACCELERATORS_PER_NODE = 8;
const ACCELERATOR = 'nvidia.com/gpu';
const CREATED = '2026-01-01T00:00:00Z';

export interface PlainFleetSize {
  readonly members: number;
  /** Of each member. */
  readonly nodes: number;
}

export interface PlainFleet {
  readonly info: FleetInfo;
  readonly folder: string;
  readonly hub: PlainServer;
  readonly members: readonly PlainServer[];
  stop(): void;
}

export async function startPlainFleet(size: PlainFleetSize): Promise<PlainFleet> {
  const folder = mkdtempSync(join(tmpdir(), 'tradewind-bench-'));
  const authority = await createAuthority();
  const { caPem } = authority;
  const server = await authority.issueServerCertificate([], ['127.0.0.1']);
  const hub = await startPlainServer(server);
  const members = await Promise.all(
    Array.from({ length: size.members }, () => startPlainServer({ ...server, onApplied: startPod })),
  );
  for (const [index, member] of members.entries()) {
    for (let nth = 0; nth < size.nodes; nth += 1) member.put('nodes', aNode(`${memberName(index)}-${nth}`));
    const config = Buffer.from(kubeconfigOf(member, caPem)).toString('base64');
    hub.put('secrets', aSecret(memberName(index), config));
    hub.put('memberclusters', aMember(memberName(index)));
  }
  writeFileSync(join(folder, 'hub.kubeconfig'), kubeconfigOf(hub, caPem), { mode: 0o600 });
  writeFileSync(join(folder, 'endpoints.json'), JSON.stringify({ ...PUBLIC_ENDPOINTS, caPem }));
  return {
    folder,
    hub,
    members,
    info: {
      servers: 'plain servers',
      hubKubeconfig: join(folder, 'hub.kubeconfig'),
      endpointsFile: join(folder, 'endpoints.json'),
      hub: { server: hub.url, caPem, auth: { token: TOKEN } },
      members: {},
    },
    stop: () => {
      for (const it of [hub, ...members]) it.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function kubeconfigOf({ url }: PlainServer, caPem: string): string {
  const cluster = { server: url, 'certificate-authority-data': Buffer.from(caPem).toString('base64') };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'it',
    contexts: [{ name: 'it', context: { cluster: 'it', user: 'it' } }],
    clusters: [{ name: 'it', cluster }],
    users: [{ name: 'it', user: { token: TOKEN } }],
  });
}

const aSecret = (name: string, kubeconfig: string): KubeDocument => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: OPERATOR_NAMESPACE },
  data: { kubeconfig },
});

const aMember = (name: string): KubeDocument => ({
  apiVersion: 'tradewind.dev/v1alpha1',
  kind: 'MemberCluster',
  metadata: { name },
  spec: {
    kubeconfig: { secretRef: { name, key: 'kubeconfig' } },
    provider: 'other',
    region: 'here',
    pools: [
      {
        name: POOL,
        accelerator: 'A100-80GB',
        acceleratorsPerNode: ACCELERATORS_PER_NODE,
        priceUSDPerNodeHour: '24',
        zones: ['a'],
        nodeSelector: { pool: POOL },
      },
    ],
  },
  status: {},
});

const aNode = (name: string): KubeDocument => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name,
    labels: {
      pool: POOL,
      'topology.kubernetes.io/zone': 'a',
      'kubernetes.io/hostname': name,
      'kubernetes.io/arch': 'amd64',
      'kubernetes.io/os': 'linux',
      'node.kubernetes.io/instance-type': 'p4de.24xlarge',
    },
  },
  spec: {},
  status: {
    allocatable: { cpu: '96', memory: '1152Gi', pods: '110', [ACCELERATOR]: String(ACCELERATORS_PER_NODE) },
    conditions: [{ type: 'Ready', status: 'True' }],
    // As many as kubelets tell of by default.
    images: Array.from({ length: 50 }, (_, nth) => ({
      names: [`registry.example.com/${nth}@sha256:${'0'.repeat(64)}`],
    })),
  },
});

/** On the first node that has an accelerator free, and ready. */
function startPod({ metadata, ...deployment }: KubeDocument, member: PlainServer): void {
  const { template } = deployment['spec'] as {
    template: { metadata: { labels: Record<string, string> }; spec: object };
  };
  const node = member.all('nodes')[Math.floor(member.all('pods').length / ACCELERATORS_PER_NODE)];
  member.put('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${metadata.name}-0`, namespace: metadata.namespace ?? '', labels: template.metadata.labels },
    spec: { ...template.spec, nodeName: node?.metadata.name },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: CREATED }] },
  });
}
