/** Makes the hub lead requests as rendered: applies what differs, deletes what is no longer wanted, and nothing else. */
import { failureCode } from '../model/errors.ts';
import type { WorkloadKey } from '../model/names.ts';
import { OWNER_UID_LABEL } from '../api/ownership.ts';
import { ROUTE, TRAFFIC_LABEL } from '../api/traffic-names.ts';
import { resourceName } from '../kube/api-path.ts';
import type { KubeClient, KubeObject, ResourceType } from '../kube/kube-client.ts';
import { coversManifest } from './covers-manifest.ts';
import type { RouteObject } from './render-traffic-route.ts';
import { ROUTE_RESOURCES } from './route-resources.ts';
import { nameOf } from './write-status.ts';

/** The hub, as far as routing needs it. */
export interface RouteTarget {
  readonly client: KubeClient;
  /** Our objects that lead requests to that workload, as they stand. */
  readonly standing: (type: ResourceType, workload: WorkloadKey) => readonly KubeObject[];
  /** Takes what the server returned, so that the next look does not have to wait for the watch. */
  readonly onApplied: (type: ResourceType, object: KubeObject) => void;
}

export type RouteOutcome =
  | { readonly kind: 'Done'; readonly writes: number }
  /** Something that is not ours has the name. */
  | { readonly kind: 'NameTaken'; readonly object: string };

/** Rejects with the client's failures; what was done until then stays and is not done again. */
export async function performRoute(
  request: { readonly workload: WorkloadKey; readonly uid: string; readonly objects: readonly RouteObject[] },
  target: RouteTarget,
  signal: AbortSignal,
): Promise<RouteOutcome> {
  const { workload, uid, objects } = request;
  let writes = 0;
  for (const { type, object } of objects) {
    const standing = target.standing(type, workload).find((it) => isOf(it, object, uid));
    if (standing && coversManifest(standing, object)) continue;
    if (!standing && (await isTaken({ type, object }, uid, { target, signal })))
      return { kind: 'NameTaken', object: `${type.kind} ${object.metadata.name}` };
    target.onApplied(type, await target.client.apply(type, object, { force: true }, signal));
    writes += 1;
  }
  return { kind: 'Done', writes: writes + (await deleteOthers(request, target, signal)) };
}

const isOf = (standing: KubeObject, wanted: KubeObject, uid: string): boolean =>
  standing.metadata.name === wanted.metadata.name && standing.metadata.labels?.[OWNER_UID_LABEL] === uid;

/** Whether somebody else's object has the name: applying over it would hand it to us, and delete it with the owner. */
async function isTaken(
  { type, object }: RouteObject,
  uid: string,
  { target, signal }: { readonly target: RouteTarget; readonly signal: AbortSignal },
): Promise<boolean> {
  try {
    const found = await target.client.get(type, nameOf(object), signal);
    const { labels } = found.metadata;
    return labels?.[OWNER_UID_LABEL] !== uid || labels[TRAFFIC_LABEL] !== ROUTE;
  } catch (error) {
    if (failureCode(error) === 'NotFound') return false;
    throw error;
  }
}

async function deleteOthers(
  { workload, objects }: { readonly workload: WorkloadKey; readonly objects: readonly RouteObject[] },
  target: RouteTarget,
  signal: AbortSignal,
): Promise<number> {
  const wanted = new Set(objects.map(({ type, object }) => `${resourceName(type)}/${object.metadata.name}`));
  let writes = 0;
  for (const type of [...ROUTE_RESOURCES].reverse()) {
    for (const { metadata } of target.standing(type, workload)) {
      if (wanted.has(`${resourceName(type)}/${metadata.name}`) || metadata.deletionTimestamp !== undefined) continue;
      const options = metadata.uid === undefined ? {} : { uid: metadata.uid };
      await target.client.delete(type, nameOf({ metadata }), options, signal);
      writes += 1;
    }
  }
  return writes;
}
