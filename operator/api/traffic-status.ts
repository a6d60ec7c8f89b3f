/** The part of an InferenceDeployment's status that tells where requests are led; written by another loop than the rest. */
import { compareText, clusterName } from '../model/names.ts';
import { NO_TRAFFIC, type TrafficBackend, type TrafficState } from '../model/traffic-state.ts';
import { milliUnits, type Instant } from '../model/units.ts';
import type { DEPLOYMENT_REASONS, ReasonOf } from './condition-reasons.ts';
import { renderConditions, type ConditionStatement } from './conditions.ts';
import { formatInstant, parseInstant } from './parse-instant.ts';
import { required } from './required.ts';
import type { BackendStatus, Condition, InferenceDeploymentStatus, TrafficStatus } from './wire-types.ts';

const TYPE = 'TrafficRouted';

/** What there is to say of a workload's requests. */
export type TrafficStatement = ConditionStatement &
  Extract<ReasonOf<typeof DEPLOYMENT_REASONS>, { readonly type: typeof TYPE }>;

/** The condition of a status that tells of requests; for whoever writes the rest and must leave it as it is. */
export const trafficConditions = (status: InferenceDeploymentStatus | null): readonly Condition[] =>
  (status?.conditions ?? []).filter(({ type }) => type === TYPE);

export interface TrafficToTell {
  readonly state: TrafficState;
  readonly statement: TrafficStatement;
  readonly generation: number;
  readonly now: Instant;
}

/** The status with that told of requests, and everything else as it was; null tells nothing, for what routes none. */
export function withTraffic(status: InferenceDeploymentStatus, told: TrafficToTell | null): InferenceDeploymentStatus {
  const { traffic: _, ...rest } = status;
  const others = (status.conditions ?? []).filter(({ type }) => type !== TYPE);
  if (told === null) return { ...rest, ...(status.conditions === undefined ? {} : { conditions: others }) };
  const condition = renderConditions([told.statement], status.conditions, told);
  return { ...rest, conditions: [...others, ...condition], traffic: trafficStatus(told.state) };
}

/** A traffic state as status.traffic holds it; what trafficOf reads back. */
export const trafficStatus = ({ shiftedAt, percent, backends }: TrafficState): TrafficStatus => ({
  ...(shiftedAt === null ? {} : { shiftedAt: formatInstant(shiftedAt) }),
  ...((percent ?? null) === null ? {} : { percent: percent ?? 0 }),
  backends: [...backends].sort((a, b) => compareText(a.cluster, b.cluster)).map(backendStatus),
});

const backendStatus = ({ cluster, endpoint, weight, idleSince, answersSince }: TrafficBackend): BackendStatus => ({
  cluster,
  address: endpoint.address,
  port: endpoint.port,
  weight,
  ...(idleSince === null ? {} : { idleSince: formatInstant(idleSince) }),
  ...((answersSince ?? null) === null ? {} : { answersSince: formatInstant(answersSince as Instant) }),
});

const optionalInstant = (text: string | undefined): Instant | null =>
  text === undefined ? null : required(parseInstant(text), `time ${text}`);

/** What that status records of requests; none are led anywhere before the first. */
export const trafficOf = (status: TrafficStatus | undefined): TrafficState =>
  status === undefined
    ? NO_TRAFFIC
    : {
        shiftedAt: optionalInstant(status.shiftedAt),
        ...(status.percent === undefined ? {} : { percent: status.percent }),
        backends: status.backends.map(({ cluster, address, port, weight, idleSince, answersSince }) => ({
          cluster: clusterName(cluster),
          endpoint: { address, port },
          weight: milliUnits(weight),
          idleSince: optionalInstant(idleSince),
          ...(answersSince === undefined ? {} : { answersSince: optionalInstant(answersSince) }),
        })),
      };
