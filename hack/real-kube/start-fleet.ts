/** Starts a hub and members on loopback, each a control plane of its own: startFleet, endFleet, startPartAgain. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createAuthority } from '../../operator/sandbox/certificates.ts';
import { comesUp, type Credentials } from './answers.ts';
import { type KeyFiles, writeClusterFiles, writeKey } from './cluster-files.ts';
import { type ClusterPlan, commandOf } from './command-lines.ts';
import {
  type ClusterRecord,
  clusterOf,
  type FleetRecord,
  type PartName,
  type PartRecord,
  readFleet,
  writeFleet,
} from './fleet-file.ts';
import { freePorts } from './free-ports.ts';
import type { ControlPlane } from './get-programs.ts';
import { endParts, isRunning, startPart } from './processes.ts';

export const HUB = 'hub';
const NEVER = new AbortController().signal;

export interface FleetOptions {
  readonly folder: string;
  readonly members: readonly string[];
  readonly programs: ControlPlane;
  /** Whether API servers write down who has written what; left out: they do not. */
  readonly audited?: boolean;
}

/** Each part may take that long; slow machines start several at once. */
const START_PATIENCE_MS = 180_000;
const PORTS_OF_A_CLUSTER = 5;
/** Of what a part that did not come up has said. */
const LAST_LINES = 12;
/** Nodes of the hub are nobody's business, so nothing is scheduled there. */
const HUB_PARTS: readonly PartName[] = ['etcd', 'kube-apiserver', 'kube-controller-manager'];
const MEMBER_PARTS: readonly PartName[] = [...HUB_PARTS, 'kube-scheduler'];
/** Made by a controller: when it is there, controllers work. */
const SIGN_OF_CONTROLLERS = '/api/v1/namespaces/default/serviceaccounts/default';

/** Resolves when all of them answer. When one does not come up, or the signal aborts, all are ended. */
export async function startFleet(
  { folder, members, programs, audited = false }: FleetOptions,
  signal = NEVER,
): Promise<FleetRecord> {
  const names = [HUB, ...members];
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // First of all: whatever happens next, `down` knows that the folder is ours, and later what runs.
  const nothing = { version: programs.version, source: programs.source, clusters: [] };
  writeFleet(folder, { ...nothing, tokenWebhook: { port: 0, cert: '', key: '' } });
  const [webhookPort = 0, ...ports] = await freePorts(1 + names.length * PORTS_OF_A_CLUSTER);
  const webhook = await makeWebhook(folder, webhookPort);
  const portsOf = (index: number): readonly number[] =>
    ports.slice(index * PORTS_OF_A_CLUSTER, (index + 1) * PORTS_OF_A_CLUSTER);
  const plans = await Promise.all(
    names.map((name, index) => planCluster({ folder, name, audited, webhook }, portsOf(index))),
  );
  const started = new Map<ClusterPlan, PartRecord[]>(plans.map((plan) => [plan, []]));
  const record = (): FleetRecord => ({
    version: programs.version,
    source: programs.source,
    tokenWebhook: { port: webhookPort, ...webhook.files },
    clusters: plans.map((plan) => recordOf(plan, started.get(plan) ?? [])),
  });
  const start = (part: PartName, plan: ClusterPlan): PartRecord => {
    const running = startPart(commandOf(part, plan, programs.paths));
    started.get(plan)?.push(running);
    writeFleet(folder, record());
    return running;
  };
  const failing = new AbortController();
  const stopping = AbortSignal.any([signal, failing.signal]);
  const starts = plans.map((plan) => startCluster(plan, start, stopping));
  try {
    await Promise.all(starts);
  } catch (error) {
    // Nothing more is started from here on, so that all that was started is known.
    failing.abort(error);
    await Promise.allSettled(starts);
    await endFleet(folder, { keep: false });
    throw error;
  }
  return record();
}

interface Webhook {
  readonly port: number;
  readonly caPem: string;
  readonly files: KeyFiles;
}

/** Where API servers ask who a token is of; who plays a scenario answers there. */
async function makeWebhook(folder: string, port: number): Promise<Webhook> {
  const authority = await createAuthority('token-webhook-ca');
  const certificate = await authority.issueServerCertificate(['localhost'], ['127.0.0.1']);
  return { port, caPem: authority.caPem, files: writeKey(folder, 'token-webhook', certificate) };
}

interface PlanOptions extends Pick<ClusterPlan, 'name' | 'audited'> {
  readonly folder: string;
  readonly webhook: Webhook;
}

async function planCluster(
  { folder, name, audited, webhook }: PlanOptions,
  ports: readonly number[],
): Promise<ClusterPlan> {
  const [server = 0, etcd = 0, etcdPeer = 0, controllerManager = 0, scheduler = 0] = ports;
  const url = `https://127.0.0.1:${server}`;
  const files = await writeClusterFiles({ folder, name, server: url, tokenWebhook: webhook });
  return { name, audited, files, ports: { server, etcd, etcdPeer, controllerManager, scheduler } };
}

function recordOf({ name, files, ports }: ClusterPlan, parts: readonly PartRecord[]): ClusterRecord {
  return {
    name,
    server: `https://127.0.0.1:${ports.server}`,
    kubeconfig: files.kubeconfigs.admin,
    ca: files.ca,
    admin: files.admin,
    etcd: { url: `https://127.0.0.1:${ports.etcd}`, ca: files.etcdCa, ...files.etcdClient },
    parts,
  };
}

async function startCluster(
  plan: ClusterPlan,
  start: (part: PartName, plan: ClusterPlan) => PartRecord,
  signal: AbortSignal,
): Promise<void> {
  const cluster = recordOf(plan, []);
  const parts = plan.name === HUB ? HUB_PARTS : MEMBER_PARTS;
  for (const name of parts) {
    signal.throwIfAborted();
    await untilUp(cluster, start(name, plan), signal);
  }
}

/** What is asked of the cluster to learn that the part works; null: nobody waits for it. */
function signOf({ server, ca, admin, etcd }: ClusterRecord, part: PartName): { url: string; as: Credentials } | null {
  switch (part) {
    case 'etcd':
      return { url: `${etcd.url}/health`, as: etcd };
    case 'kube-apiserver':
      return { url: `${server}/readyz`, as: { ca, ...admin } };
    case 'kube-controller-manager':
      return { url: `${server}${SIGN_OF_CONTROLLERS}`, as: { ca, ...admin } };
    case 'kube-scheduler':
      return null;
  }
}

async function untilUp(cluster: ClusterRecord, part: PartRecord, signal: AbortSignal): Promise<void> {
  const sign = signOf(cluster, part.part);
  if (sign === null) return;
  const patience = { milliseconds: START_PATIENCE_MS, isLost: () => signal.aborted || !isRunning(part) };
  if (await comesUp(sign.url, sign.as, patience)) return;
  signal.throwIfAborted();
  const said = readFileSync(part.log, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n');
  throw new Error(`${part.part} of ${cluster.name} did not come up; the end of its log:\n${said}`);
}

/** Ends what was started from there, and removes what was written. Nothing there is fine. */
export async function endFleet(folder: string, { keep }: { readonly keep: boolean }): Promise<number> {
  const fleet = readFleet(folder);
  if (fleet === null) return 0;
  const parts = fleet.clusters.flatMap((cluster) => cluster.parts);
  // Who depends on others first: none of them is to complain of the loss of another.
  const last = parts.filter(({ part }) => part === 'etcd');
  await endParts(parts.filter((part) => !last.includes(part)));
  await endParts(last);
  if (!keep) rmSync(folder, { recursive: true, force: true });
  return parts.length;
}

/** Starts a part that was stopped, as it was started before; resolves when it answers. One that runs is left alone. */
export async function startPartAgain(folder: string, clusterName: string, name: PartName): Promise<void> {
  const fleet = readFleet(folder);
  if (fleet === null) throw new Error(`nothing was started in ${folder}`);
  const cluster = clusterOf(fleet, clusterName);
  const before = partOf(cluster, name);
  if (isRunning(before)) return;
  const after = startPart(before);
  const replaced = { ...cluster, parts: cluster.parts.map((part) => (part === before ? after : part)) };
  writeFleet(folder, { ...fleet, clusters: fleet.clusters.map((it) => (it === cluster ? replaced : it)) });
  await untilUp(cluster, after, NEVER);
}

/** Throws when the cluster has no such part. */
export function partOf({ name: cluster, parts }: ClusterRecord, name: PartName): PartRecord {
  const part = parts.find((it) => it.part === name);
  if (part === undefined) throw new Error(`${cluster} has no ${name}`);
  return part;
}
