/** Azure's codes for "there is none" and "you may not have more"; AKS wraps them in codes of its own, in details and in text. */
import type { PoolProblemKind } from '../cloud.ts';

export const SHORTAGE_BY_CODE: Readonly<Record<string, Extract<PoolProblemKind, 'Capacity' | 'Quota'>>> = {
  SkuNotAvailable: 'Capacity',
  AllocationFailed: 'Capacity',
  ZonalAllocationFailed: 'Capacity',
  OverconstrainedAllocationRequest: 'Capacity',
  OverconstrainedZonalAllocationRequest: 'Capacity',
  // The spot price rose above what the pool may pay: to the operator the same as none left.
  SpotPriceGreaterThanProvidedMaxPrice: 'Capacity',
  QuotaExceeded: 'Quota',
  InsufficientVCPUQuota: 'Quota',
  ErrCode_InsufficientVCPUQuota: 'Quota',
};
