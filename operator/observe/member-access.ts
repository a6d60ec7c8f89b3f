/** Where a member's server address and credential come from: its cloud, or a kubeconfig in a Secret of the hub. */
import type { Clock } from '../model/clock.ts';
import { failureCode, isFailure, RetryableError, TerminalError } from '../model/errors.ts';
import type { MemberSource } from '../model/member-spec.ts';
import { seconds, type Instant } from '../model/units.ts';
import type { Cloud, ClusterAccess, ClusterRef } from '../clouds/cloud.ts';
import { SECRETS } from '../kube/builtin-resources.ts';
import type { AccessSource } from '../kube/cluster-access.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { parseKubeconfig } from '../kube/kubeconfig.ts';
import { objectAt, stringAt } from './read-field.ts';

/** How the member is named to its cloud; null for one that no cloud describes. */
export function clusterRefOf(source: MemberSource): ClusterRef | null {
  switch (source.kind) {
    case 'eks':
      return { kind: 'eks', name: source.name, region: source.region, roleArn: source.roleArn };
    case 'aks':
      return {
        kind: 'aks',
        subscriptionId: source.subscriptionId,
        resourceGroup: source.resourceGroup,
        name: source.name,
      };
    case 'kubeconfig':
      return null;
  }
}

/**
 * The cloud's own access. A cloud that cannot be asked is no sign that the member is down: what it answers wrongly is
 * told as a matter of credentials, which never evicts anything.
 */
export function cloudAccess(cloud: Cloud, cluster: ClusterRef): AccessSource {
  return {
    access: async (signal) => {
      try {
        return await cloud.access(cluster, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!isFailure(error)) throw error;
        const message = `no access to the cluster could be had from ${cloud.provider}: ${error.message}`;
        if (failureCode(error) === 'NotFound') throw new TerminalError(message, { code: 'Credentials', cause: error });
        throw new RetryableError(message, { code: 'Credentials', cause: error });
      }
    },
    invalidate: () => cloud.invalidateAccess?.(cluster),
  };
}

const SECRET_TTL = seconds(60); // a rotated Secret is used within a minute without a watch on Secrets

export interface SecretAccessOptions {
  readonly hub: KubeClient;
  readonly namespace: string;
  readonly source: Extract<MemberSource, { kind: 'kubeconfig' }>;
  readonly clock: Clock;
  /** The sandbox's servers are on loopback; nobody else's are. */
  readonly allowLoopback: boolean;
}

/** The kubeconfig of a Secret, read again once a minute. */
export class SecretAccess implements AccessSource {
  readonly #options: SecretAccessOptions;
  #known: { readonly access: ClusterAccess; readonly until: Instant } | null = null;

  constructor(options: SecretAccessOptions) {
    this.#options = options;
  }

  async access(signal: AbortSignal): Promise<ClusterAccess> {
    const { clock } = this.#options;
    if (this.#known !== null && clock.now() < this.#known.until) return this.#known.access;
    const access = await this.#read(signal);
    this.#known = { access, until: (clock.now() + SECRET_TTL) as Instant };
    return access;
  }

  invalidate(): void {
    this.#known = null;
  }

  async #read(signal: AbortSignal): Promise<ClusterAccess> {
    const { hub, namespace, source, allowLoopback } = this.#options;
    const where = `Secret ${namespace}/${source.secretName}`;
    const secret = await hub.get(SECRETS, { namespace, name: source.secretName }, signal).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new RetryableError(`${where} cannot be read; create it or grant the operator get on it`, {
        code: 'Credentials',
        cause,
      });
    });
    const encoded = stringAt(objectAt(secret, 'data'), source.secretKey);
    if (encoded === null) {
      throw new RetryableError(`${where} has no key ${source.secretKey}`, { code: 'Credentials' });
    }
    const parsed = parseKubeconfig(Buffer.from(encoded, 'base64').toString('utf8'), {
      profile: 'member',
      allowLoopback,
    });
    if (!parsed.ok) throw new RetryableError(`${where}: ${parsed.field}: ${parsed.message}`, { code: 'Credentials' });
    return parsed.access;
  }
}
