/** Looks up what a command line names, and says what there is instead where it is not there. */
import { FAILOVER_DRILLS, MEMBER_CLUSTERS } from '../../api/resources.ts';
import type { FailoverDrillSpec } from '../../api/wire-types.ts';
import type { KubeClient, KubeObject } from '../../kube/kube-client.ts';
import { failureCode, isFailure } from '../../model/errors.ts';

/** Throws with the way out when there is no drill of that name. */
export async function findDrill(
  client: Pick<KubeClient, 'get'>,
  name: string,
  signal: AbortSignal,
): Promise<KubeObject> {
  try {
    return await client.get(FAILOVER_DRILLS, { name }, signal);
  } catch (error) {
    if (failureCode(error) !== 'NotFound') throw error;
    throw new Error(`there is no drill ${name}; tradewind drill list shows those that there are`, { cause: error });
  }
}

/** Throws when the drill names a member that the hub does not know; silent where it may not be asked. */
export async function refuseUnknownMembers(
  client: Pick<KubeClient, 'list'>,
  drill: KubeObject,
  signal: AbortSignal,
): Promise<void> {
  const { failure } = drill['spec'] as Pick<FailoverDrillSpec, 'failure'>;
  const known = await memberNames(client, signal);
  const unknown = known === null ? [] : (failure.clusters ?? []).filter((name) => !known.includes(name));
  if (known === null || unknown.length === 0) return;
  const there = known.length === 0 ? 'none is registered yet' : `there are ${known.slice(0, NAMES_SHOWN).join(', ')}`;
  const more = known.length > NAMES_SHOWN ? ` and ${known.length - NAMES_SHOWN} more` : '';
  throw new Error(`there is no MemberCluster ${unknown.join(', ')}; ${there}${more}`);
}

const NAMES_SHOWN = 20;

async function memberNames(client: Pick<KubeClient, 'list'>, signal: AbortSignal): Promise<readonly string[] | null> {
  try {
    return (await client.list(MEMBER_CLUSTERS, {}, signal)).items.map(({ metadata }) => metadata.name).sort();
  } catch (error) {
    if (!isFailure(error)) throw error;
    return null;
  }
}
