/** Kubernetes' MicroTime: a time stamp with six digits of a second, as Leases and Events carry it. */
import { V1MicroTime } from '@kubernetes/client-node/dist/types.js';
import type { Instant } from '../model/units.ts';

/** For instance `2026-11-23T01:25:35.734000Z`. */
export const microTime = (at: Instant): string => new V1MicroTime(at).toISOString();
