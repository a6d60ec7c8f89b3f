/** Real control planes for a suite, by way of hack/kube: which there are, and one fleet of them up and down. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clusterOf, readFleet, type ClusterRecord, type FleetRecord } from '../../hack/real-kube/fleet-file.ts';

/** Minor versions that `hack/test --real` has got, the current one first; empty in a plain run. */
export const REAL_MINORS: readonly string[] = (process.env['TRADEWIND_REAL_KUBE'] ?? '').split(',').filter(Boolean);

/** Slow machines start several control planes at once. */
export const FLEET_TIMEOUT_MS = 240_000;

const HACK_KUBE = fileURLToPath(new URL('../../hack/real-kube/main.ts', import.meta.url));

export interface RealFleet {
  readonly folder: string;
  readonly record: FleetRecord;
  /** As it is now. */
  cluster(name: string): ClusterRecord;
  /** Runs `hack/kube` on this fleet; answers what it printed, rejects with what it said when it fails. */
  hack(...args: readonly string[]): Promise<string>;
  down(): Promise<void>;
}

export interface RealFleetOptions {
  readonly name: string;
  /** Left out: the current one. */
  readonly minor?: string;
  /** How many, or the path of the scenario whose clusters they are. */
  readonly members: number | string;
  /** Left out: its API servers do not write down who has written what. */
  readonly audited?: boolean;
}

export async function startRealFleet({ name, minor, members, audited }: RealFleetOptions): Promise<RealFleet> {
  // hack/test ends what is left of a suite that was killed, by the folders that it finds there.
  const folder = mkdtempSync(join(process.env['TRADEWIND_REAL_KUBE_DIR'] ?? tmpdir(), `${name}-`));
  const hack = (...args: readonly string[]): Promise<string> => runHackKube([...args, '--dir', folder]);
  const current = (): FleetRecord => {
    const record = readFleet(folder);
    if (record === null) throw new Error(`nothing is up in ${folder}`);
    return record;
  };
  const which = typeof members === 'string' ? ['--scenario', members] : ['--members', String(members)];
  await hack('up', ...which, ...(minor === undefined ? [] : ['--minor', minor]), ...(audited ? ['--audit'] : []));
  return {
    folder,
    record: current(),
    cluster: (cluster) => clusterOf(current(), cluster),
    hack,
    down: async () => {
      await hack('down');
    },
  };
}

async function runHackKube(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [HACK_KUBE, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`hack/kube ${args.join(' ')}: ${said.stderr}`);
  return said.stdout;
}

/** Makes etcd forget all revisions but the current one. */
export async function compactEtcd({ etcd }: ClusterRecord): Promise<void> {
  const range = { key: Buffer.from('/').toString('base64') };
  const { header } = (await callEtcd(etcd, '/v3/kv/range', range)) as { header: { revision: string } };
  await callEtcd(etcd, '/v3/kv/compaction', { revision: header.revision, physical: true });
}

function callEtcd(etcd: ClusterRecord['etcd'], path: string, body: object): Promise<unknown> {
  const [ca, cert, key] = [etcd.ca, etcd.cert, etcd.key].map((file) => readFileSync(file));
  return new Promise((resolve, reject) => {
    const outgoing = request(`${etcd.url}${path}`, { method: 'POST', ca, cert, key, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`etcd ${path}: ${response.statusCode} ${text}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(body));
  });
}
