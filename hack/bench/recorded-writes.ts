/** What the operator wrote, read back as bodies that write the same again: for a raw client beside it. */
import type { KubeDocument } from '../../operator/sandbox/kube-api.ts';
import type { BenchFleet } from './bench-fleet.ts';
import { DEPLOYMENTS, INFERENCE_DEPLOYMENTS, NAMESPACE, ownerOf } from './subjects.ts';

/** One placement: the three writes that it takes, and the finalizer before them. */
export interface RecordedWrites {
  readonly object: KubeDocument;
  readonly finalizers: readonly string[];
  readonly status: object;
  readonly member: string;
  readonly manifest: KubeDocument;
}

/** Fields that servers fill in. */
const DEFAULTED = new Set(
  (
    'progressDeadlineSeconds revisionHistoryLimit dnsPolicy restartPolicy schedulerName terminationGracePeriodSeconds ' +
    'terminationMessagePath terminationMessagePolicy imagePullPolicy failureThreshold periodSeconds successThreshold ' +
    'timeoutSeconds scheme protocol creationTimestamp deployment.kubernetes.io/revision'
  ).split(' '),
);

function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== 'object' || value === null) return value;
  const own = Object.entries(value).filter(([field]) => !DEFAULTED.has(field));
  return Object.fromEntries(own.map(([field, it]) => [field, withoutDefaults(it)]));
}

/** By InferenceDeployment; those that hold nothing are left out. */
export async function readWrites(fleet: BenchFleet): Promise<readonly RecordedWrites[]> {
  const placed = new Map<string, { readonly member: string; readonly deployment: KubeDocument }>();
  for (const [member, api] of fleet.members)
    for (const deployment of await api.list(DEPLOYMENTS, { namespace: NAMESPACE }))
      placed.set(ownerOf(deployment), { member, deployment });
  const objects = await fleet.hub.list(INFERENCE_DEPLOYMENTS, { namespace: NAMESPACE });
  return objects.flatMap((object) => {
    const { name, finalizers = [] } = object.metadata;
    const standing = placed.get(`${NAMESPACE}/${name}`);
    if (standing === undefined) return [];
    const { apiVersion, kind, spec, status } = object;
    const { metadata } = standing.deployment;
    const manifest = withoutDefaults({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name: metadata.name,
        namespace: NAMESPACE,
        labels: metadata.labels,
        annotations: metadata.annotations,
      },
      spec: standing.deployment['spec'],
    }) as KubeDocument;
    const bare: KubeDocument = { apiVersion, kind, metadata: { name, namespace: NAMESPACE }, spec };
    return [{ object: bare, finalizers, status: status as object, member: standing.member, manifest }];
  });
}
