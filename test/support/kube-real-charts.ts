/** The charts on real control planes, with the roles that they grant and nothing more, and who the operator is there. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Playing } from '../../hack/real-kube/play-scenario.ts';
import { findTool } from './charts-helm.ts';
import { WEBHOOK_SECRET } from './scenario-drills.ts';
import type { RealFleet } from './kube-real-fleet.ts';

const CHARTS = fileURLToPath(new URL('../../charts/', import.meta.url));
/** Where the chart is installed; operators of tests look for their lease there. */
export const OPERATOR_NAMESPACE = 'default';
/** As the hub knows it. */
export const OPERATOR_ACCOUNT = `system:serviceaccount:${OPERATOR_NAMESPACE}:tradewind`;
const TOKEN_LIFETIME = '4h';
/** The one Secret with a webhook that the operator may read. */
const WEBHOOK = ['--set', `rbac.drillWebhookSecrets={${WEBHOOK_SECRET}}`];
/** Bytes: a definition is long. */
const MAX_OUTPUT = 16e6;

const runProgram = promisify(execFile);

export interface OperatorAccess {
  readonly kubeconfig: string;
  /** Which of its account's tokens it has, as the audit log calls it. */
  readonly credential: string;
}

export class RealCharts {
  readonly #fleet: RealFleet;
  readonly #state: Playing['state'];

  constructor(fleet: RealFleet, { state }: Playing) {
    this.#fleet = fleet;
    this.#state = state;
  }

  async install(): Promise<void> {
    const members = this.#state.clusters.map(({ name }) => this.installMember(name));
    await Promise.all([
      this.#helm('hub', 'tradewind', '--set', 'image.repository=registry.test/tradewind', ...WEBHOOK),
      ...members,
    ]);
  }

  /** Grants the operator what it may do on that member: as whom its cloud knows it. */
  async installMember(name: string): Promise<void> {
    await this.#helm(name, 'tradewind-member', '--set', `subjects.users={${this.operatorOn(name)}}`);
  }

  /** As whom the member's API server knows the operator. */
  operatorOn(name: string): string {
    const { aws, azure } = this.#state.identities;
    const isAws = this.#state.clusters.some((it) => it.name === name && it.provider === 'aws');
    return isAws ? aws.arn : azure.objectId;
  }

  /** `helm upgrade --install` of one of the charts. */
  async #helm(cluster: string, chart: string, ...args: readonly string[]): Promise<void> {
    const { kubeconfig } = this.#fleet.cluster(cluster);
    const where = ['--namespace', OPERATOR_NAMESPACE, '--kubeconfig', kubeconfig];
    const helm = findTool('helm') ?? 'helm';
    await runProgram(helm, ['upgrade', '--install', chart, join(CHARTS, chart), ...where, ...args]);
  }

  /** kubectl of the servers' version, in the operator's namespace unless told otherwise; answers what it printed. */
  async kubectl(cluster: string, ...args: readonly string[]): Promise<string> {
    const { kubeconfig, parts } = this.#fleet.cluster(cluster);
    const program = join(dirname(parts[1]?.command ?? ''), 'kubectl');
    const where = ['--kubeconfig', kubeconfig, '--namespace', OPERATOR_NAMESPACE];
    return (await runProgram(program, [...where, ...args], { maxBuffer: MAX_OUTPUT })).stdout;
  }

  /** A kubeconfig of the hub with a token of the chart's ServiceAccount, one of its own for each name. */
  async operatorAccess(name: string): Promise<OperatorAccess> {
    const created = await this.kubectl('hub', 'create', 'token', 'tradewind', `--duration=${TOKEN_LIFETIME}`);
    const token = created.trim();
    const { server, ca } = this.#fleet.cluster('hub');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'hub', cluster: { server, 'certificate-authority-data': readFileSync(ca).toString('base64') } },
      ],
      users: [{ name: 'operator', user: { token } }],
      contexts: [{ name: 'hub', context: { cluster: 'hub', user: 'operator' } }],
      'current-context': 'hub',
    };
    const kubeconfig = join(this.#fleet.folder, `${name}.kubeconfig`);
    writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
    const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    return { kubeconfig, credential: (JSON.parse(claims) as { readonly jti: string }).jti };
  }
}
