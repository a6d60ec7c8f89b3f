/** Finalizers by which an object stays until nothing is left of what it caused. */
import { failureCode } from '../model/errors.ts';
import { DRILL_FINALIZER, FINALIZER } from '../api/ownership.ts';
import { FAILOVER_DRILLS, INFERENCE_DEPLOYMENTS } from '../api/resources.ts';
import type { KubeClient, KubeObject, ResourceType } from '../kube/kube-client.ts';
import { nameOf } from './write-status.ts';

/** What holds objects of a type, and by which finalizer. */
interface Hold {
  readonly type: ResourceType;
  readonly finalizer: string;
}

/** An InferenceDeployment stays until nothing of it is left on any member. */
const PLACEMENTS: Hold = { type: INFERENCE_DEPLOYMENTS, finalizer: FINALIZER };
/** A drill stays until what it injected is lifted and restored. */
const INJECTION: Hold = { type: FAILOVER_DRILLS, finalizer: DRILL_FINALIZER };

const finalizersOf = ({ metadata }: KubeObject): readonly string[] => metadata.finalizers ?? [];

async function setFinalizers(
  hub: KubeClient,
  change: { readonly type: ResourceType; readonly object: KubeObject; readonly finalizers: readonly string[] },
  signal: AbortSignal,
): Promise<KubeObject> {
  const { type, object, finalizers } = change;
  const { resourceVersion, uid } = object.metadata;
  const body = { metadata: { resourceVersion, uid, finalizers } };
  return hub.patch(type, { ...nameOf(object), body }, signal);
}

async function ensure(
  hub: KubeClient,
  { type, finalizer, object }: Hold & { readonly object: KubeObject },
  signal: AbortSignal,
): Promise<KubeObject> {
  const finalizers = finalizersOf(object);
  if (finalizers.includes(finalizer)) return object;
  return setFinalizers(hub, { type, object, finalizers: [...finalizers, finalizer] }, signal);
}

/** null: it is gone already. The same object when there was nothing to drop. */
async function drop(
  hub: KubeClient,
  { type, finalizer, object }: Hold & { readonly object: KubeObject },
  signal: AbortSignal,
): Promise<KubeObject | null> {
  const finalizers = finalizersOf(object);
  if (!finalizers.includes(finalizer)) return object;
  try {
    return await setFinalizers(hub, { type, object, finalizers: finalizers.filter((it) => it !== finalizer) }, signal);
  } catch (error) {
    if (failureCode(error) !== 'NotFound') throw error;
    return null;
  }
}

/** Before anything is placed: the object as it is with the finalizer. */
export const ensureFinalizer = (hub: KubeClient, object: KubeObject, signal: AbortSignal): Promise<KubeObject> =>
  ensure(hub, { ...PLACEMENTS, object }, signal);

/** After the last member has confirmed that nothing is left. An object that is already gone is success. */
export async function dropFinalizer(hub: KubeClient, object: KubeObject, signal: AbortSignal): Promise<void> {
  await drop(hub, { ...PLACEMENTS, object }, signal);
}

/** Before anything is injected: the drill as it is with the finalizer. */
export const ensureDrillFinalizer = (hub: KubeClient, object: KubeObject, signal: AbortSignal): Promise<KubeObject> =>
  ensure(hub, { ...INJECTION, object }, signal);

/** After everything has been restored: the drill without the finalizer; null when it is gone with that. */
export const dropDrillFinalizer = (
  hub: KubeClient,
  object: KubeObject,
  signal: AbortSignal,
): Promise<KubeObject | null> => drop(hub, { ...INJECTION, object }, signal);
