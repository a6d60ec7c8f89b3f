/** fleet.json: what was started, where it answers, and which processes are ours to end. Tests and people read it. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export type PartName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';

export interface PartRecord {
  readonly part: PartName;
  readonly pid: number;
  readonly command: string;
  readonly args: readonly string[];
  readonly log: string;
}

export interface ClusterRecord {
  /** `hub`, or a member's name. */
  readonly name: string;
  /** https://host:port of its API server. */
  readonly server: string;
  /** An administrator's. */
  readonly kubeconfig: string;
  /** The same, file by file. */
  readonly ca: string;
  readonly admin: { readonly cert: string; readonly key: string };
  /** Its etcd, for those who want to compact its history. */
  readonly etcd: { readonly url: string; readonly ca: string; readonly cert: string; readonly key: string };
  readonly parts: readonly PartRecord[];
}

export interface FleetRecord {
  /** Of Kubernetes. */
  readonly version: string;
  readonly source: string;
  /** Where members ask who a bearer token is that they do not know; nobody answers there unless a scenario is played. */
  readonly tokenWebhook: { readonly port: number; readonly cert: string; readonly key: string };
  readonly clusters: readonly ClusterRecord[];
}

export const DEFAULT_FOLDER = join(
  process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'),
  'tradewind',
  'kube',
);

const fileIn = (folder: string): string => join(folder, 'fleet.json');

/** null: nothing was started there. */
export function readFleet(folder: string): FleetRecord | null {
  const file = fileIn(folder);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as FleetRecord) : null;
}

/** Replaces it whole: a reader never sees half of it. */
export function writeFleet(folder: string, fleet: FleetRecord): void {
  const file = fileIn(folder);
  writeFileSync(`${file}.new`, `${JSON.stringify(fleet, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Throws when there is no such cluster. */
export function clusterOf(fleet: FleetRecord, name: string): ClusterRecord {
  const cluster = fleet.clusters.find((it) => it.name === name);
  if (cluster !== undefined) return cluster;
  throw new Error(`there is no cluster ${name}; there are ${fleet.clusters.map((it) => it.name).join(', ')}`);
}
