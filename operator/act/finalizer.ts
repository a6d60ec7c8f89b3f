/** The finalizer by which an InferenceDeployment stays until nothing of it is left on any member. */
import { failureCode } from '../model/errors.ts';
import { FINALIZER } from '../api/ownership.ts';
import { INFERENCE_DEPLOYMENTS } from '../api/resources.ts';
import type { KubeClient, KubeObject } from '../kube/kube-client.ts';
import { nameOf } from './write-status.ts';

const finalizersOf = ({ metadata }: KubeObject): readonly string[] => metadata.finalizers ?? [];

async function setFinalizers(
  hub: KubeClient,
  change: { object: KubeObject; finalizers: readonly string[] },
  signal: AbortSignal,
): Promise<KubeObject> {
  const { object, finalizers } = change;
  const { resourceVersion, uid } = object.metadata;
  const body = { metadata: { resourceVersion, uid, finalizers } };
  return hub.patch(INFERENCE_DEPLOYMENTS, { ...nameOf(object), body }, signal);
}

/** Before anything is placed: the object as it is with the finalizer. */
export async function ensureFinalizer(hub: KubeClient, object: KubeObject, signal: AbortSignal): Promise<KubeObject> {
  const finalizers = finalizersOf(object);
  if (finalizers.includes(FINALIZER)) return object;
  return setFinalizers(hub, { object, finalizers: [...finalizers, FINALIZER] }, signal);
}

/** After the last member has confirmed that nothing is left. An object that is already gone is success. */
export async function dropFinalizer(hub: KubeClient, object: KubeObject, signal: AbortSignal): Promise<void> {
  const finalizers = finalizersOf(object);
  if (!finalizers.includes(FINALIZER)) return;
  try {
    await setFinalizers(hub, { object, finalizers: finalizers.filter((it) => it !== FINALIZER) }, signal);
  } catch (error) {
    if (failureCode(error) !== 'NotFound') throw error;
  }
}
