/** Makes a member agree with the recorded placements: apply and delete Deployments, idempotently. */
import type { Action } from '../model/action.ts';
import { assertNever } from '../model/assert-never.ts';
import { failureCode } from '../model/errors.ts';
import type { NamespaceName, OfferingId, WorkloadKey } from '../model/names.ts';
import type { OfferingRoute } from '../model/route.ts';
import type { Workload } from '../model/workload.ts';
import { MANAGED_BY, MANAGED_BY_LABEL } from '../api/ownership.ts';
import { DEPLOYMENTS, NAMESPACES } from '../kube/builtin-resources.ts';
import type { KubeClient, KubeObject } from '../kube/kube-client.ts';
import { hashOf, renderDeployment } from './render-deployment.ts';

/** What stands on the member now for a placement. */
export interface StandingDeployment {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly manifest: string;
  readonly replicas: number;
  readonly generation: number;
  readonly deleting: boolean;
}

/** Whose a Deployment is: the InferenceDeployment, and its uid, which tells it from another one of that name. */
export interface PlacementOwner {
  readonly owner: WorkloadKey;
  readonly ownerUid: string;
}

/** One member, as far as acting needs it. */
export interface MemberTarget {
  readonly client: KubeClient;
  readonly route: (offering: OfferingId) => OfferingRoute | null;
  readonly standing: (owner: PlacementOwner, offering: OfferingId) => StandingDeployment | null;
  /** null: every namespace of an InferenceDeployment may be created. */
  readonly allowedNamespaces: readonly NamespaceName[] | null;
  /** Takes what the server returned, so that the next look does not have to wait for the watch. */
  readonly onApplied: (deployment: KubeObject) => void;
  /** Generation that the last apply of a Deployment ended with, by its uid: another one since means a foreign edit. */
  readonly appliedGenerations: Map<string, number>;
}

export type ActionOutcome =
  | { readonly kind: 'Applied' | 'Unchanged' | 'Deleted' | 'Gone' }
  /** It cannot be done as things are; doing it is tried again when they change. */
  | {
      readonly kind: 'Blocked';
      readonly reason: 'PoolUnknown' | 'ShapeUnknown' | 'NamespaceNotAllowed';
      readonly message: string;
    };

/** Performs one action; rejects with the client's failures. */
export async function performPlacement(
  action: Action,
  target: MemberTarget,
  signal: AbortSignal,
): Promise<ActionOutcome> {
  switch (action.kind) {
    case 'ApplyPlacement':
      return applyPlacement(action, target, signal);
    case 'DeletePlacement':
      return deletePlacement(action, target, signal);
    default:
      return assertNever(action);
  }
}

async function applyPlacement(
  action: Extract<Action, { kind: 'ApplyPlacement' }>,
  target: MemberTarget,
  signal: AbortSignal,
): Promise<ActionOutcome> {
  const { workload, offering, record } = action;
  const route = target.route(offering);
  const message = `the pool of ${offering} is not known at the moment`;
  if (route === null) return { kind: 'Blocked', reason: 'PoolUnknown', message };
  const shape = workload.shapes.find((it) => it.accelerator === record.accelerator);
  if (!shape) {
    const gone = `spec.accelerators has no ${record.accelerator} any more`;
    return { kind: 'Blocked', reason: 'ShapeUnknown', message: gone };
  }
  const manifest = renderDeployment({ workload, shape, route, replicas: record.replicas });
  if (isAsApplied(target.standing({ owner: workload.key, ownerUid: workload.uid }, offering), manifest, target))
    return { kind: 'Unchanged' };
  return applyInNamespace({ workload, manifest }, target, signal);
}

function isAsApplied(standing: StandingDeployment | null, manifest: KubeObject, target: MemberTarget): boolean {
  return (
    standing !== null &&
    standing.manifest === hashOf(manifest) &&
    target.appliedGenerations.get(standing.uid) === standing.generation
  );
}

async function applyInNamespace(
  request: { readonly workload: Workload; readonly manifest: KubeObject },
  target: MemberTarget,
  signal: AbortSignal,
): Promise<ActionOutcome> {
  const { workload, manifest } = request;
  const apply = async (): Promise<ActionOutcome> => {
    const applied = await target.client.apply(DEPLOYMENTS, manifest, { force: true }, signal);
    target.appliedGenerations.set(applied.metadata.uid ?? '', applied.metadata.generation ?? 0);
    target.onApplied(applied);
    return { kind: 'Applied' };
  };
  try {
    return await apply();
  } catch (error) {
    if (failureCode(error) !== 'NotFound') throw error;
  }
  if (target.allowedNamespaces !== null && !target.allowedNamespaces.includes(workload.namespace)) {
    const message = `FleetPolicy default does not allow the namespace ${workload.namespace} on members; add it to spec.allowedNamespaces`;
    return { kind: 'Blocked', reason: 'NamespaceNotAllowed', message };
  }
  await createNamespace(workload.namespace, target, signal);
  return apply();
}

/** Pods are admitted by the restricted profile, so that a member refuses what a template should not contain. */
async function createNamespace(name: NamespaceName, target: MemberTarget, signal: AbortSignal): Promise<void> {
  const labels = { [MANAGED_BY_LABEL]: MANAGED_BY, 'pod-security.kubernetes.io/enforce': 'restricted' };
  const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
  try {
    await target.client.create(NAMESPACES, namespace, signal);
  } catch (error) {
    if (failureCode(error) !== 'Conflict') throw error; // somebody else just created it
  }
}

async function deletePlacement(
  action: Extract<Action, { kind: 'DeletePlacement' }>,
  target: MemberTarget,
  signal: AbortSignal,
): Promise<ActionOutcome> {
  const standing = target.standing({ owner: action.workload, ownerUid: action.ownerUid }, action.offering);
  if (standing === null) return { kind: 'Gone' };
  if (standing.deleting) return { kind: 'Unchanged' };
  // In the foreground, so that the Deployment is seen until the last of its pods has ended.
  const options = { uid: standing.uid, propagation: 'Foreground' } as const;
  await target.client.delete(DEPLOYMENTS, { namespace: standing.namespace, name: standing.name }, options, signal);
  return { kind: 'Deleted' };
}
