/** Who an InferenceDeployment is to its members: what runs there bears that mark, and outlives the hub that asked for it. */
import { OWNER_UID_LABEL } from './ownership.ts';
import type { InferenceDeploymentStatus } from './wire-types.ts';

/**
 * On an InferenceDeployment: the uid of the one that it continues. A hub that is rebuilt gives every object another uid,
 * while what runs on members is still marked with the old one.
 */
export const CONTINUES_ANNOTATION = 'tradewind.dev/continues';
/** On an InferenceDeployment, "true": whatever members run for an earlier one of its name is taken over. */
export const TAKE_OVER_ANNOTATION = 'tradewind.dev/take-over';

/** The metadata that say it, of an object of any library. */
interface Marked {
  readonly uid?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const wantsToTakeOver = ({ annotations }: Marked): boolean => annotations?.[TAKE_OVER_ANNOTATION] === 'true';

/**
 * Its own uid, or that of the one it continues. Once anything is recorded the annotation changes nothing any more, so that
 * nothing of what runs is lost sight of. It finds only what runs under the same name and namespace.
 */
export function identityOf(metadata: Marked, status: InferenceDeploymentStatus | null): string | undefined {
  const continued = metadata.annotations?.[CONTINUES_ANNOTATION];
  if (continued === undefined || continued === '') return metadata.uid;
  const recorded = recordedIdentity(status);
  return recorded === null || recorded === continued ? continued : metadata.uid;
}

/** Who the recorded placements are of; null while there are none. */
export function recordedIdentity(status: InferenceDeploymentStatus | null): string | null {
  if (!status?.placements?.length) return null;
  const mark = `${OWNER_UID_LABEL}=`;
  return status.selector?.startsWith(mark) === true ? status.selector.slice(mark.length) : null;
}
