/** The custom resources on the hub, watched and parsed: what is wanted, and what was recorded. */
import type { Clock } from '../model/clock.ts';
import type { FleetPolicy } from '../model/fleet.ts';
import { clusterName, workloadKey, namespaceName, type ClusterName, type WorkloadKey } from '../model/names.ts';
import { DEFAULT_FLEET_POLICY, parseFleetPolicy, type ParsedFleetPolicy } from '../api/parse-fleet-policy.ts';
import { parseInferenceDeployment, type ParsedInferenceDeployment } from '../api/parse-inference-deployment.ts';
import { parseMemberCluster, type ParsedMemberCluster } from '../api/parse-member-cluster.ts';
import { FLEET_POLICIES, FLEET_POLICY_NAME, INFERENCE_DEPLOYMENTS, MEMBER_CLUSTERS } from '../api/resources.ts';
import type { KubeClient, KubeObject } from '../kube/kube-client.ts';
import { ObjectStore, objectKey } from '../kube/object-store.ts';
import { watchHub } from '../kube/watch-hub.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Random } from '../runtime/random.ts';

/** An InferenceDeployment as it stands on the hub. */
export interface HubDeployment {
  readonly key: WorkloadKey;
  /** Its metadata and status, as they were read. */
  readonly object: KubeObject;
  readonly parsed: ParsedInferenceDeployment;
  /** Its finalizer holds it until nothing is left on any member. */
  readonly deleting: boolean;
}

/** A MemberCluster as it stands on the hub. */
export interface HubMember {
  readonly name: ClusterName;
  readonly object: KubeObject;
  readonly parsed: ParsedMemberCluster;
}

/** The FleetPolicy as it stands on the hub. */
export interface HubPolicy {
  readonly object: KubeObject;
  readonly parsed: ParsedFleetPolicy;
}

const isLeaving = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined;

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * What is read of it again once it is parsed: there may be ten thousand, and the spec, who wrote which field, and what
 * kubectl applied last are most of what one takes.
 */
function withoutSpec({ apiVersion, kind, metadata, status }: KubeObject): KubeObject {
  const { managedFields: _writers, ...kept } = metadata as KubeObject['metadata'] & {
    readonly managedFields?: unknown;
  };
  const { [LAST_APPLIED]: _applied, ...annotations } = metadata.annotations ?? {};
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata: { ...kept, ...(metadata.annotations === undefined ? {} : { annotations }) },
    ...(status === undefined ? {} : { status }),
  };
}

const deploymentOf = (object: KubeObject): HubDeployment => ({
  key: workloadKey(namespaceName(object.metadata.namespace ?? ''), object.metadata.name),
  object: withoutSpec(object),
  parsed: parseInferenceDeployment(object),
  deleting: isLeaving(object),
});

const memberOf = (object: KubeObject): HubMember => ({
  name: clusterName(object.metadata.name),
  object,
  parsed: parseMemberCluster(object),
});

const policyOf = (object: KubeObject): HubPolicy => ({ object, parsed: parseFleetPolicy(object) });

export interface HubObserverOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
}

export class HubObserver {
  readonly deployments = new ObjectStore<HubDeployment>({ read: deploymentOf });
  readonly members = new ObjectStore<HubMember>({ read: memberOf });
  readonly policies = new ObjectStore<HubPolicy>({ read: policyOf });
  readonly #options: HubObserverOptions;

  constructor(options: HubObserverOptions) {
    this.#options = options;
  }

  /** Whether every list has been seen once: until then, what is missing is unknown. */
  get synced(): boolean {
    return this.deployments.synced && this.members.synced && this.policies.synced;
  }

  deployment(key: WorkloadKey): HubDeployment | null {
    return this.deployments.get(key);
  }

  member(name: ClusterName): HubMember | null {
    return this.members.get(name);
  }

  /** null while there is none. */
  get fleetPolicy(): HubPolicy | null {
    return this.policies.get(objectKey({ name: FLEET_POLICY_NAME }));
  }

  /** The policy in force: a FleetPolicy that cannot be read leaves the defaults in force, and says so in its status. */
  get policy(): FleetPolicy {
    const parsed = this.fleetPolicy?.parsed;
    return parsed?.ok ? parsed.policy : DEFAULT_FLEET_POLICY;
  }

  /** Watches until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { deployments, members, policies } = this;
    await Promise.all([
      watchHub({ ...this.#options, type: INFERENCE_DEPLOYMENTS, store: deployments }, signal),
      watchHub({ ...this.#options, type: MEMBER_CLUSTERS, store: members }, signal),
      watchHub({ ...this.#options, type: FLEET_POLICIES, store: policies }, signal),
    ]);
  }
}
