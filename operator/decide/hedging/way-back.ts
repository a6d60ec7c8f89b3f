/** Members that a workload was driven from and may not go back to yet: nothing is asked of them. */
import type { Member, WorkloadView } from '../../model/fleet.ts';
import type { ClusterName } from '../../model/names.ts';
import { after, type Instant } from '../../model/units.ts';

/** Those among which the workload has something stranded, until they have been well for as long as it asks for. */
export function barredMembers({ workload, holdings }: WorkloadView, now: Instant): (member: Member) => boolean {
  const stranded = new Set<ClusterName>(
    holdings.filter(({ record }) => record.phase === 'Stranded').map(({ record }) => record.cluster),
  );
  const { mode, stabilization } = workload.failover.failback;
  return ({ name, verdict: { verdict, goodSince } }) => {
    if (!stranded.has(name)) return false;
    const isBack = mode === 'Automatic' && verdict === 'Healthy' && goodSince !== null;
    return !isBack || now < after(goodSince, stabilization);
  };
}
