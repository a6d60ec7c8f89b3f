/** Takes away what a bench has created, so that the next one begins from nothing. */
import { setTimeout as wait } from 'node:timers/promises';
import { mapBounded } from '../../operator/runtime/map-bounded.ts';
import type { BenchFleet } from './bench-fleet.ts';
import { DEPLOYMENTS, INFERENCE_DEPLOYMENTS, NAMESPACE } from './subjects.ts';

const AT_A_TIME = 16;
const LOOK_AGAIN_MS = 200;
const PODS = { group: '', version: 'v1', plural: 'pods' };

/** Without the operator's help: finalizers are taken off. Resolves when nothing is left on the hub or on members. */
export async function clearFleet({ hub, members }: BenchFleet): Promise<void> {
  await mapBounded(await hub.list(INFERENCE_DEPLOYMENTS, { namespace: NAMESPACE }), AT_A_TIME, async ({ metadata }) => {
    const target = { name: metadata.name, namespace: NAMESPACE };
    if (metadata.finalizers?.length) await hub.patch(INFERENCE_DEPLOYMENTS, target, { metadata: { finalizers: null } });
    await hub.delete(INFERENCE_DEPLOYMENTS, metadata.name, { namespace: NAMESPACE });
  });
  for (const api of members.values()) {
    await mapBounded(await api.list(DEPLOYMENTS, { namespace: NAMESPACE }), AT_A_TIME, ({ metadata }) =>
      api.delete(DEPLOYMENTS, metadata.name, { namespace: NAMESPACE }),
    );
  }
  for (const api of members.values())
    while ((await api.list(PODS, { namespace: NAMESPACE })).length > 0) await wait(LOOK_AGAIN_MS);
}
