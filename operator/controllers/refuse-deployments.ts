/** For which InferenceDeployments nothing is planned as they are, and why: a spec that cannot be read, or somebody else's replicas. */
import { recordedIdentity, TAKE_OVER_ANNOTATION, CONTINUES_ANNOTATION, wantsToTakeOver } from '../api/identity.ts';
import { invalidSpec, type Refusal } from '../api/inference-deployment-status.ts';
import type { WorkloadKey } from '../model/names.ts';
import type { Workload } from '../model/workload.ts';
import type { HubDeployment } from '../observe/hub-observer.ts';
import type { Stranger } from '../observe/strangers.ts';

/** What members run under the names of these workloads for somebody else. */
export type StrangerFinder = (workloads: readonly Workload[]) => ReadonlyMap<WorkloadKey, readonly Stranger[]>;

export interface Refused {
  readonly deployment: HubDeployment;
  readonly because:
    | { readonly kind: 'Refused'; readonly refusal: Refusal }
    /** It is to continue the one of that uid, and is planned as soon as that is on record. */
    | { readonly kind: 'TakenOver'; readonly uid: string };
}

/**
 * Nothing may be placed beside what an earlier hub has left running: it would be twice there, with nobody to look after the
 * first. One that has placements on record that are its own is not looked at: what it does not know does not concern it.
 */
export function refusedOf(
  deployments: readonly HubDeployment[],
  strangers: StrangerFinder = () => new Map(),
): readonly Refused[] {
  const fresh = deployments.flatMap(({ parsed }) =>
    parsed.ok && parsed.recorded.placements.length === 0 ? [parsed.workload] : [],
  );
  const found = fresh.length === 0 ? new Map<WorkloadKey, readonly Stranger[]>() : strangers(fresh);
  return deployments.flatMap((deployment): readonly Refused[] => {
    const because = becauseOf(deployment, found.get(deployment.key) ?? []);
    return because === null ? [] : [{ deployment, because }];
  });
}

function becauseOf({ object, parsed }: HubDeployment, strangers: readonly Stranger[]): Refused['because'] | null {
  if (!parsed.ok) return { kind: 'Refused', refusal: invalidSpec(parsed.issues) };
  const uids = uidsOf(parsed.workload.uid, strangers, recordedIdentity(parsed.status));
  const [uid] = uids;
  if (uid === undefined) return null;
  if (uids.length === 1 && wantsToTakeOver(object.metadata)) return { kind: 'TakenOver', uid };
  return { kind: 'Refused', refusal: { reason: 'RunsForAnother', message: messageOf(uids, strangers) } };
}

/** Who else the replicas on members, or those on record, are of. */
const uidsOf = (own: string, strangers: readonly Stranger[], recorded: string | null): readonly string[] =>
  [...new Set([...(recorded === null ? [] : [recorded]), ...strangers.map(({ ownerUid }) => ownerUid)])]
    .filter((uid) => uid !== own)
    .sort();

function messageOf(uids: readonly string[], strangers: readonly Stranger[]): string {
  const places = strangers.map(({ cluster, replicas }) => `${replicas} on ${cluster}`);
  const what = places.length === 0 ? 'The replicas on record' : `Replicas of this name run (${places.join(', ')}), and`;
  const way =
    uids.length === 1
      ? `annotate it with ${TAKE_OVER_ANNOTATION}=true to take them over`
      : `annotate it with ${CONTINUES_ANNOTATION} and the uid whose replicas are to be taken over`;
  return `${what} are those of another InferenceDeployment (uid ${uids.join(', ')}): if that one is gone with its hub, ${way}; if it is alive, give this one another name.`;
}
