/** What the story asks of a report: questions a user would answer by looking at kubectl's output. */
import type { PlacementPhase } from '../../model/workload.ts';
import type { UsdPerHour } from '../../model/units.ts';
import { usdPerHour } from '../../model/units.ts';
import type { DeploymentReport, FleetReport, MemberReport, PlacementReport } from './fleet-report.ts';

/** The deployment of that name; null before it was created. */
export const deploymentOf = (report: FleetReport, name: string): DeploymentReport | null =>
  report.deployments.find((it) => it.name === name) ?? null;

/** The member of that name; null before it was registered. */
export const memberOf = (report: FleetReport, name: string): MemberReport | null =>
  report.members.find((it) => it.name === name) ?? null;

/** `cluster/pool`, as people name a pool of a fleet. */
export const poolOf = ({ cluster, pool }: PlacementReport): string => `${cluster}/${pool}`;

/** The placements of a deployment on a pool, `cluster/pool`, or on a whole cluster. */
export const placedOn = (report: FleetReport, name: string, where: string): readonly PlacementReport[] =>
  (deploymentOf(report, name)?.placements ?? []).filter((it) => poolOf(it) === where || it.cluster === where);

/** Whether the deployment holds more somewhere than it did before: its replacement is recorded. */
export const hasGrown = (before: FleetReport, report: FleetReport, name: string): boolean =>
  (deploymentOf(report, name)?.placements ?? []).some((it) => {
    const earlier = placedOn(before, name, poolOf(it)).filter(({ zone }) => zone === it.zone);
    return it.replicas > earlier.reduce((sum, { replicas }) => sum + replicas, 0);
  });

/** Where its replicas are, regardless of what is seen of them: equal texts mean that nothing was touched. */
export const whereabouts = (report: FleetReport, name: string): string =>
  (deploymentOf(report, name)?.placements ?? [])
    .map(
      ({ zone, replicas, phase, ...it }) => `${poolOf({ zone, replicas, phase, ...it })}/${zone}=${replicas} ${phase}`,
    )
    .join(', ');

const SETTLED: ReadonlySet<PlacementPhase> = new Set(['Serving', 'Stranded']);

/** Whether every deployment has all it wants and nothing is under way; copies that nobody can reach may be left. */
export const isSettled = ({ deployments }: FleetReport): boolean =>
  deployments.length > 0 &&
  deployments.every(
    (it) =>
      it.isReady && it.ready === it.wanted && !it.moving && it.placements.every(({ phase }) => SETTLED.has(phase)),
  );

/** Whether any copy is left on a member that could not be reached. */
export const hasStranded = ({ deployments }: FleetReport): boolean =>
  deployments.some(({ placements }) => placements.some(({ phase }) => phase === 'Stranded'));

/** Whether every member is healthy, and each of its pools has a price. */
export const isOpenForBusiness = ({ members, fleet }: FleetReport, wanted: number): boolean =>
  members.length === wanted &&
  members.every(({ verdict }) => verdict === 'Healthy') &&
  fleet.members.every(({ offerings }) => offerings.length > 0 && offerings.every(({ price }) => price !== null));

/** The price of a node of that pool; null while none is known. */
export function nodePrice({ fleet }: FleetReport, where: string): UsdPerHour | null {
  const offerings = fleet.members.flatMap((member) => member.offerings);
  return offerings.find((it) => `${it.cluster}/${it.pool}` === where)?.price?.perNodeHour ?? null;
}

/** Whether launches on that pool have failed lately. */
export const isInBackoff = ({ fleet, at }: FleetReport, where: string): boolean =>
  fleet.members
    .flatMap((member) => member.offerings)
    .some((it) => `${it.cluster}/${it.pool}` === where && it.backoff !== null && it.backoff.until > at);

/** Whether the drill is over, and its report written. */
export const isDrillOver = ({ drills }: FleetReport, name: string): boolean =>
  drills.some((it) => it.name === name && it.outcome !== null);

/** What status says that everything held costs now. */
export const hourlyOf = ({ deployments }: FleetReport): UsdPerHour =>
  usdPerHour(deployments.reduce((sum, it) => sum + it.hourly, 0));
