/** States the conditions of a MemberCluster from its verdict, its credentials and its prices. */
import type { ActiveFailure } from '../model/drill.ts';
import type { Offering, ProbeOutcome, Verdict, VerdictState } from '../model/fleet.ts';
import { after, elapsed, hours, type Instant, type Millis } from '../model/units.ts';
import type { MEMBER_REASONS, ReasonOf } from './condition-reasons.ts';
import { type ConditionStatement, sentence } from './conditions.ts';
import { formatInstant } from './parse-instant.ts';

type Statement = ConditionStatement & ReasonOf<typeof MEMBER_REASONS>;
type Stated<Type extends Statement['type']> = Extract<Statement, { readonly type: Type }>;

/** What conditions are stated from. */
export interface MemberState {
  readonly verdict: VerdictState;
  readonly probe: ProbeOutcome | null;
  readonly synced: boolean;
  readonly offerings: readonly Offering[];
  /** When the credential that nobody renews expires; null when it is renewed. */
  readonly credentialsExpireAt: Instant | null;
  readonly priceAgeLimit: Millis;
  /** The drill that takes it to fail; null or left out: none does. */
  readonly drill?: Pick<ActiveFailure, 'drill' | 'mode'> | null;
  readonly now: Instant;
}

/** A week: long enough to find the person who can renew a credential. */
const EXPIRY_WARNING_WINDOW = hours(7 * 24);

export const memberConditions = (state: MemberState): readonly Statement[] =>
  [
    readyStatement(state.verdict),
    reconcilingStatement(state),
    stalledStatement(state.verdict),
    credentialsStatement(state),
    priceStatement(state),
    drillStatement(state),
  ].filter((statement) => statement !== null);

/** Only what is known to be out of service is not ready; what cannot be seen is unknown. */
const READY_BY_VERDICT: Readonly<Record<Verdict, ConditionStatement['status']>> = {
  Healthy: 'True',
  Suspect: 'Unknown',
  ControlPlaneLost: 'Unknown',
  Degraded: 'False',
  Down: 'False',
  Recovering: 'False',
};

const readyStatement = ({ verdict, reason, message }: VerdictState): Stated<'Ready'> => ({
  type: 'Ready',
  status: READY_BY_VERDICT[verdict],
  reason,
  message: sentence(message),
});

function reconcilingStatement({ verdict, synced }: MemberState): Stated<'Reconciling'> | null {
  const [type, status] = ['Reconciling', 'True'] as const;
  if (verdict.reason === 'NotYetProbed')
    return { type, status, reason: 'NotYetProbed', message: 'The API is being asked for the first time; wait.' };
  if (verdict.verdict === 'Recovering')
    return { type, status, reason: 'Recovering', message: sentence(verdict.message) };
  if (!synced && verdict.verdict === 'Healthy')
    return { type, status, reason: 'Listing', message: 'Nodes, pods and Deployments are being listed; wait.' };
  return null;
}

function stalledStatement({ reason, message }: VerdictState): Stated<'Stalled'> | null {
  if (reason !== 'CredentialsRejected') return null;
  return { type: 'Stalled', status: 'True', reason, message: sentence(message) };
}

function credentialsStatement({ verdict, probe, credentialsExpireAt, now }: MemberState): Stated<'CredentialsValid'> {
  const type = 'CredentialsValid';
  if (verdict.reason === 'CredentialsRejected' || (probe?.kind === 'Failed' && probe.failure === 'Credentials'))
    return {
      type,
      status: 'False',
      reason: 'CredentialsRejected',
      message: 'The API refuses the credentials; renew them or grant the rights.',
    };
  if (credentialsExpireAt !== null && after(now, EXPIRY_WARNING_WINDOW) >= credentialsExpireAt) {
    const message = `The credential expires at ${formatInstant(credentialsExpireAt)} and nobody renews it; renew it.`;
    return { type, status: 'False', reason: 'CredentialsExpireSoon', message };
  }
  if (probe?.kind !== 'Answered')
    return { type, status: 'Unknown', reason: 'NotYetProbed', message: 'The API has not answered; see Ready.' };
  return { type, status: 'True', reason: 'CredentialsAccepted', message: 'The API accepts the credentials.' };
}

/** Whether a price is older than the limit, and so buys nothing. */
export const isStale = ({ price }: Offering, limit: Millis, now: Instant): boolean =>
  price !== null && elapsed(price.observedAt, now) > limit;

function priceStatement({ offerings, priceAgeLimit, now, synced }: MemberState): Stated<'PriceFresh'> | null {
  const type = 'PriceFresh';
  if (offerings.length === 0 || !synced) return null;
  const stale = offerings.find((offering) => isStale(offering, priceAgeLimit, now));
  if (stale) {
    const message = `The price of ${stale.id} is too old and buys nothing; look at the permissions to read prices.`;
    return { type, status: 'False', reason: 'PricesStale', message };
  }
  const unknown = offerings.find(({ price }) => price === null);
  if (unknown) {
    const message = `The price of ${unknown.id} is not known, so nothing is bought there; set one in spec.pools.`;
    return { type, status: 'False', reason: 'PricesUnknown', message };
  }
  return { type, status: 'True', reason: 'PricesFresh', message: 'Every offering has a fresh price.' };
}

function drillStatement({ drill }: MemberState): Stated<'UnderDrill'> | null {
  if (!drill) return null;
  const message = `FailoverDrill ${drill.drill} takes it to fail (${drill.mode}); tradewind drill abort ${drill.drill} stops that.`;
  return { type: 'UnderDrill', status: 'True', reason: 'DrillActive', message };
}
