/** Reads an EKS node group's health issues: which are shortages, which are quotas, which are something else. */
import type { Issue } from '@aws-sdk/client-eks';
import { redactText } from '../../runtime/redact.ts';
import type { PoolProblem, PoolProblemKind } from '../cloud.ts';

/** EKS's own codes that say it all. The rest is told by the text that Auto Scaling passed on from EC2. */
const KIND_BY_CODE: Readonly<Record<string, PoolProblemKind>> = {
  InstanceLimitExceeded: 'Quota',
  LimitExceeded: 'Quota',
  // No addresses left in the subnet: no new node there for now, as with a shortage of machines.
  InsufficientFreeAddresses: 'Capacity',
};

/** Asked first, because the text of a vCPU limit speaks of "capacity" as well. */
const QUOTA =
  /InstanceLimitExceeded|VcpuLimitExceeded|MaxSpotInstanceCountExceeded|MaxFleetCountExceeded|vCPU limit|spot instance count exceeded|quota/i;

/** EC2's codes and wordings of "none left", those that Karpenter holds to be an unavailable offering. */
const CAPACITY =
  /InsufficientInstanceCapacity|InsufficientCapacity|InsufficientHostCapacity|UnfulfillableCapacity|ReservationCapacityExceeded|InsufficientFreeAddresses|sufficient [\w.-]+ capacity|no spot capacity|not supported in your requested Availability Zone/i;

/** Only of these codes is the text EC2's. */
const LAUNCH_CODES: ReadonlySet<string> = new Set(['AsgInstanceLaunchFailures', 'NodeCreationFailure', 'Unknown']);

const MAX_MESSAGE_LENGTH = 500;

function kindOf(code: string, message: string): PoolProblemKind {
  const known = KIND_BY_CODE[code];
  if (known !== undefined) return known;
  if (!LAUNCH_CODES.has(code)) return 'Other';
  if (QUOTA.test(message)) return 'Quota';
  return CAPACITY.test(message) ? 'Capacity' : 'Other';
}

/** The issues as problems, in EKS's order. EKS keeps an issue for minutes after its cause has gone. */
export const nodeGroupProblems = (issues: readonly Issue[]): readonly PoolProblem[] =>
  issues.map(({ code, message }) => ({
    kind: kindOf(code ?? 'Unknown', message ?? ''),
    code: code ?? 'Unknown',
    message: redactText(message ?? '').slice(0, MAX_MESSAGE_LENGTH),
  }));
