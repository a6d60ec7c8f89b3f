/** The marks on objects that the operator creates on members, and the names it gives them. */
import { createHash } from 'node:crypto';
import type { OfferingId } from '../model/names.ts';

export const FIELD_MANAGER = 'tradewind';
export const FINALIZER = 'tradewind.dev/placements';
/** On a drill from before its injection until everything is restored. */
export const DRILL_FINALIZER = 'tradewind.dev/restore-drill';
/** On a drill that a FailoverDrillSchedule created: the schedule's name. */
export const DRILL_SCHEDULE_LABEL = 'tradewind.dev/drill-schedule';
/** On such a drill: when it was due. */
export const DRILL_DUE_ANNOTATION = 'tradewind.dev/due-at';

/** On a drill: who says to have asked for it; the chart's admission policy holds it against the user. */
export const REQUESTED_BY_ANNOTATION = 'tradewind.dev/requested-by';

/** On every object that is ours. */
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
export const MANAGED_BY = 'tradewind';
/** The InferenceDeployment's uid: one recreated under the same name is another one. */
export const OWNER_UID_LABEL = 'tradewind.dev/owner-uid';
/** The member Deployment's name, carried by its pods too. */
export const PLACEMENT_LABEL = 'tradewind.dev/placement';
/** `namespace/name` of the InferenceDeployment. */
export const OWNER_ANNOTATION = 'tradewind.dev/owner';
/** `cluster/pool/zone`. */
export const OFFERING_ANNOTATION = 'tradewind.dev/offering';
/** Hash of the manifest as it was last rendered. */
export const MANIFEST_ANNOTATION = 'tradewind.dev/manifest';

export const MANAGED_SELECTOR = `${MANAGED_BY_LABEL}=${MANAGED_BY}`;

const NAME_LIMIT = 52; // leaves room for the ReplicaSet's and the pod's suffixes in 63 characters

/** The name of a placement's Deployment: readable, unique for (deployment, offering), and a valid label value. */
export function placementName(workloadName: string, offering: OfferingId): string {
  const suffix = createHash('sha256').update(`${workloadName}\n${offering}`).digest('hex').slice(0, 8);
  const readable = workloadName
    .slice(0, NAME_LIMIT - suffix.length - 1)
    .replace(/[.-]+$/, '')
    .replaceAll('.', '-');
  return `${readable}-${suffix}`;
}
