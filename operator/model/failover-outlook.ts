/** Whether the loss of any one member could be made good on the others with the room there is now. */
import type { ClusterName } from './names.ts';
import type { MilliUnits } from './units.ts';

export type FailoverOutlook =
  /** Whichever member is lost, the others have room for what it serves. */
  | { readonly kind: 'Covered' }
  /** When `worst` is lost, `missing` units find no place elsewhere; `lacks` says what stands in the way, Room when left out. */
  | {
      readonly kind: 'Short';
      readonly worst: ClusterName;
      readonly missing: MilliUnits;
      readonly lacks?: 'Room' | 'Budget' | 'Rules';
    }
  /** The rules admit one member only: nothing could take its place. */
  | { readonly kind: 'SingleMember'; readonly only: ClusterName };
