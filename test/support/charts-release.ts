/** A release of the chart on an API server: helm as a process of its own, while the server answers in this one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SILENT_LOG } from '../../operator/runtime/silent-log.ts';
import { createSystemClock } from '../../operator/runtime/system-clock.ts';
import type { KubeApi, KubeDocument, ResourceRef } from '../../operator/sandbox/kube-api.ts';
import { createHttpsKubeApi } from '../../operator/sandbox/world/https-kube-api.ts';
import { startTestServer } from './apiserver-fixture.ts';
import { findTool, NAMESPACE, RELEASE, type ToolRun } from './charts-helm.ts';
import { startRealFleet } from './kube-real-fleet.ts';

const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 50;

export const DEFINITIONS: ResourceRef = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
};
export const DEPLOYMENTS: ResourceRef = { group: 'apps', version: 'v1', plural: 'deployments' };
export const CLUSTER_ROLES: ResourceRef = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'clusterroles',
};

/** The server that a release is installed on. */
interface ReleaseHost {
  readonly kubeconfig: string;
  readonly api: KubeApi;
  stop(): Promise<void>;
}

async function embedded(): Promise<ReleaseHost> {
  const it = await startTestServer();
  return { kubeconfig: it.server.adminKubeconfig(), api: it.server.api, stop: () => it.stop() };
}

/** A hub without members. */
async function real(minor: string): Promise<ReleaseHost> {
  const fleet = await startRealFleet({ name: `charts-${minor}`, minor, members: 0 });
  const { server, ca, admin, kubeconfig } = fleet.cluster('hub');
  const [caPem = '', certPem = '', keyPem = ''] = [ca, admin.cert, admin.key].map((file) => readFileSync(file, 'utf8'));
  const calls = new AbortController();
  const clock = createSystemClock();
  const access = { server, caPem, auth: { certPem, keyPem } };
  const api = createHttpsKubeApi({ access, clock, log: SILENT_LOG, signal: calls.signal });
  const stop = async (): Promise<void> => {
    calls.abort();
    await api.close();
    await fleet.down();
  };
  return { kubeconfig: readFileSync(kubeconfig, 'utf8'), api, stop };
}

/** An API server, a folder, and helm that works with both. */
export class ReleaseRig {
  readonly dir: string;
  readonly #host: ReleaseHost;

  private constructor(host: ReleaseHost) {
    this.#host = host;
    this.dir = mkdtempSync(join(tmpdir(), 'tradewind-helm-'));
    writeFileSync(this.kubeconfig, host.kubeconfig, { mode: 0o600 });
  }

  /** On a real API server of that minor version, or on the embedded one. */
  static async start(minor: string | null): Promise<ReleaseRig> {
    return new ReleaseRig(await (minor === null ? embedded() : real(minor)));
  }

  get kubeconfig(): string {
    return join(this.dir, 'kubeconfig');
  }

  get api(): KubeApi {
    return this.#host.api;
  }

  /** Some things a real cluster does a moment later. */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    while (!(await isSo())) {
      if (deadline.aborted) throw new Error(`waited in vain until ${what}`);
      await wait(LOOK_AGAIN_MS);
    }
  }

  /** Runs helm in the release's namespace to its end. */
  async helm(...args: readonly string[]): Promise<ToolRun> {
    const env = { ...process.env, KUBECONFIG: this.kubeconfig, HELM_CACHE_HOME: this.dir, HELM_CONFIG_HOME: this.dir };
    const child = spawn(findTool('helm') ?? 'helm', [...args, '--namespace', NAMESPACE], { env, stdio: 'pipe' });
    const said = { stdout: '', stderr: '' };
    child.stdin.end();
    child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code: code ?? -1, ...said };
  }

  /** The same, and throws what helm says when it fails. */
  async helmDoes(...args: readonly string[]): Promise<string> {
    const ran = await this.helm(...args);
    if (ran.code !== 0) throw new Error(`helm ${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
    return ran.stdout;
  }

  /** The chart as it might have been before: another version, an older definition. */
  previousChart(): string {
    const folder = join(this.dir, 'previous');
    cpSync('charts/tradewind', folder, { recursive: true });
    edit(join(folder, 'Chart.yaml'), (text) => text.replaceAll('0.1.0', '0.0.9'));
    const crd = join(folder, 'templates/crds/tradewind.dev_memberclusters.yaml');
    edit(crd, (text) => text.replace('shortNames: [mcl]', 'shortNames: [oldmcl]'));
    return folder;
  }

  async definition(plural: string): Promise<KubeDocument | null> {
    const all = await this.api.list(DEFINITIONS);
    return all.find((it) => it.metadata.name === `${plural}.tradewind.dev`) ?? null;
  }

  /** The image that the operator's Deployment names; null without one. */
  async image(): Promise<string | null> {
    const all = await this.api.list(DEPLOYMENTS, { namespace: NAMESPACE });
    const found = all.find((it) => it.metadata.name === `${RELEASE}-tradewind`);
    return found === undefined ? null : (/"image":"([^"]+)"/.exec(JSON.stringify(found))?.[1] ?? null);
  }

  async stop(): Promise<void> {
    await this.#host.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function edit(path: string, change: (text: string) => string): void {
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`${path} has nothing to change`);
  writeFileSync(path, after);
}
