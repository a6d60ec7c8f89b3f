/** Fleets in files: objects as people write them, a folder to put them in, and the command line as a process. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Fields = Readonly<Record<string, unknown>>;

const API_VERSION = 'tradewind.dev/v1alpha1';

/** One pool of H100 nodes of 8 at $4 an accelerator-hour: a free node, none to open. */
export const aPoolEntry = (changes: Fields = {}): Fields => ({
  name: 'h100',
  zone: 'a',
  capacityType: 'on-demand',
  accelerator: 'H100',
  acceleratorsPerNode: 8,
  freeByNode: [8],
  growableNodes: 0,
  priceUSDPerNodeHour: '32.0000',
  interruptionsPerHour: '0',
  priceAgeSeconds: 30,
  ...changes,
});

/** A member with the status that planning from files needs, and nothing beyond it. */
export const aMemberFile = (name: string, pools: readonly Fields[], status: Fields = {}): Fields => ({
  apiVersion: API_VERSION,
  kind: 'MemberCluster',
  metadata: { name },
  spec: { kubeconfig: { secretRef: { name: `${name}-kubeconfig` } } },
  status: {
    provider: name.startsWith('azure') ? 'azure' : 'aws',
    region: 'us-east-1',
    verdict: 'Healthy',
    pools,
    ...status,
  },
});

export interface DeploymentFile {
  readonly spec?: Fields;
  readonly placements?: readonly Fields[];
}

/** ml-prod/NAME: one unit of one H100, unless `spec` says otherwise, running at `placements`. */
export const aDeploymentFile = (name: string, { spec = {}, placements }: DeploymentFile = {}): Fields => ({
  apiVersion: API_VERSION,
  kind: 'InferenceDeployment',
  metadata: { name, namespace: 'ml-prod' },
  spec: {
    replicas: 1,
    accelerators: [{ model: 'H100', count: 1 }],
    template: {
      spec: {
        containers: [
          { name: 'server', image: 'registry.example.com/s:1', readinessProbe: { httpGet: { path: '/h', port: 80 } } },
        ],
      },
    },
    ...spec,
  },
  ...(placements === undefined ? {} : { status: { placements } }),
});

/** Replicas that serve on h100/a of a member. */
export const aPlacementEntry = (cluster: string, replicas: number, changes: Fields = {}): Fields => ({
  cluster,
  pool: 'h100',
  zone: 'a',
  capacityType: 'on-demand',
  accelerator: 'H100',
  replicas,
  ready: replicas,
  phase: 'Serving',
  since: '2026-01-01T00:00:00Z',
  ...changes,
});

/** Several documents of one file; JSON is YAML. */
export const documents = (...objects: readonly unknown[]): string =>
  objects.map((object) => JSON.stringify(object, null, 1)).join('\n---\n');

/** A folder with these files, gone when it goes out of scope. */
export function aFolder(files: Readonly<Record<string, string>>): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'tradewind-plan-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `tradewind` with these arguments until it ends; `input` is its standard input. */
export function runTradewind(args: readonly string[], input = ''): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['operator/cli/main.ts', ...args]);
    const heard = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (text: string) => (heard[stream] += text));
    child.on('error', reject).on('close', (code) => resolve({ code, ...heard }));
    child.stdin.end(input);
  });
}
