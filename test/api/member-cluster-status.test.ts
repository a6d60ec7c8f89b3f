import { expect } from 'chai';
import {
  invalidMemberClusterStatus,
  memberClusterStatus,
  type MemberStatusInput,
} from '../../operator/api/member-cluster-status.ts';
import { offlineMember } from '../../operator/api/offline-member.ts';
import { parseMemberCluster } from '../../operator/api/parse-member-cluster.ts';
import type { MemberClusterStatus } from '../../operator/api/wire-types.ts';
import type { MemberEvidence, ProbeFailure, Verdict } from '../../operator/model/fleet.ts';
import { after, hours, instant, millis, minutes, seconds, type Instant } from '../../operator/model/units.ts';
import { crdErrors } from '../support/api-crd-schemas.ts';
import { aMemberClusterObject } from '../support/api-objects.ts';
import { aMember, aPrice, aVerdict, type MemberOverrides } from '../support/fleet-members.ts';
import { NOW } from '../support/fleet-workload.ts';

const answered = (at: Instant = NOW, healthy = true): MemberEvidence['probe'] => ({
  kind: 'Answered',
  at,
  took: millis(20),
  healthy,
});
const failed = (failure: ProbeFailure, at: Instant = NOW): MemberEvidence['probe'] => ({
  kind: 'Failed',
  at,
  failure,
  message: `it was ${failure}`,
});

interface World extends Partial<Omit<MemberStatusInput, 'member' | 'evidence'>> {
  readonly member?: MemberOverrides;
  readonly probe?: MemberEvidence['probe'];
}

function render({ member = {}, probe = answered(), ...rest }: World = {}): MemberClusterStatus {
  return memberClusterStatus({
    member: aMember(member),
    generation: 2,
    evidence: {
      probe,
      consecutiveFailures: 0,
      consecutiveSuccesses: 1,
      watchFreshAt: NOW,
      nodes: { total: 1, ready: 1 },
    },
    kubernetesVersion: 'v1.37.2',
    gpus: { total: 16, ours: 4 },
    credentialsExpireAt: null,
    priceAgeLimit: hours(3),
    previous: null,
    now: NOW,
    ...rest,
  });
}

const conditionsOf = (status: MemberClusterStatus) =>
  (status.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);

describe('memberClusterStatus', () => {
  it('says what is believed and what can be bought', () => {
    const spot = {
      pool: 'spot',
      zone: 'b',
      capacityType: 'spot',
      freeByNode: [4],
      interruptionsPerHour: 0.02,
    } as const;
    const status = render({ member: { offerings: [{}, spot] } });
    expect(status).to.deep.include({
      provider: 'aws',
      region: 'us-east-1',
      verdict: 'Healthy',
      verdictReason: 'ProbesSucceed',
      verdictSince: '2026-08-31T12:00:00Z',
      goodSince: '2026-08-31T12:00:00Z',
      kubernetesVersion: 'v1.37.2',
      gpus: { total: 16, free: 12, ours: 4 },
      summary: { gpus: '12/16', pools: '1 spot, 1 on-demand' },
      lastProbe: { outcome: 'Ready', since: '2026-09-01T12:00:00Z' },
    });
    expect(status.pools?.[1]).to.deep.equal({
      name: 'spot',
      zone: 'b',
      capacityType: 'spot',
      accelerator: 'H100',
      instanceType: 'H100-x8',
      acceleratorsPerNode: 8,
      freeByNode: [4],
      growableNodes: 0,
      priceUSDPerNodeHour: '32',
      priceSource: 'Spec',
      pricedAt: '2026-09-01T12:00:00Z',
      priceAgeSeconds: 0,
      interruptionsPerHour: '0.02',
    });
    expect(conditionsOf(status)).to.deep.equal([
      'Ready=True ProbesSucceed',
      'CredentialsValid=True CredentialsAccepted',
      'PriceFresh=True PricesFresh',
    ]);
  });

  it('is not ready when it is out of service, and unknown when it cannot be seen', () => {
    const readyFor = (verdict: Verdict) => conditionsOf(render({ member: { verdict } }))[0]?.split(' ')[0];
    expect(readyFor('Suspect')).to.equal('Ready=Unknown');
    expect(readyFor('ControlPlaneLost')).to.equal('Ready=Unknown');
    expect(readyFor('Degraded')).to.equal('Ready=False');
    expect(readyFor('Down')).to.equal('Ready=False');
    expect(readyFor('Recovering')).to.equal('Ready=False');
    expect(conditionsOf(render({ member: { verdict: 'Recovering' } }))[1]).to.equal('Reconciling=True Recovering');
  });

  it('is reconciling until it was probed and listed', () => {
    const verdict = aVerdict('Suspect', { reason: 'NotYetProbed' });
    const first = render({
      member: { verdict, synced: false, offerings: [] },
      probe: null,
      gpus: null,
      kubernetesVersion: null,
    });
    expect(conditionsOf(first)).to.deep.equal([
      'Ready=Unknown NotYetProbed',
      'Reconciling=True NotYetProbed',
      'CredentialsValid=Unknown NotYetProbed',
    ]);
    expect(first).to.not.have.any.keys('lastProbe', 'pools', 'gpus', 'kubernetesVersion');
    expect(conditionsOf(render({ member: { synced: false } }))[1]).to.equal('Reconciling=True Listing');
  });

  it('tells an outage from credentials that are refused', () => {
    const verdict = aVerdict('Suspect', { reason: 'CredentialsRejected' });
    const status = render({ member: { verdict }, probe: failed('Credentials') });
    expect(conditionsOf(status).slice(0, 3)).to.deep.equal([
      'Ready=Unknown CredentialsRejected',
      'Stalled=True CredentialsRejected',
      'CredentialsValid=False CredentialsRejected',
    ]);
    expect(conditionsOf(render({ probe: failed('Refused') }))[1]).to.equal('CredentialsValid=Unknown NotYetProbed');
  });

  it('warns a week before a credential that nobody renews expires', () => {
    const expiring = (credentialsExpireAt: Instant) => conditionsOf(render({ credentialsExpireAt }))[1];
    expect(expiring(after(NOW, hours(7 * 24)))).to.equal('CredentialsValid=False CredentialsExpireSoon');
    expect(expiring(after(NOW, hours(7 * 24 + 1)))).to.equal('CredentialsValid=True CredentialsAccepted');
    expect(render({ credentialsExpireAt: after(NOW, hours(1)) }).credentialsExpireAt).to.equal('2026-09-01T13:00:00Z');
  });

  it('says which price buys nothing', () => {
    const stale = render({ member: { offerings: [{ price: aPrice(32, instant(NOW - hours(3) - 1)) }] } });
    expect(conditionsOf(stale).at(-1)).to.equal('PriceFresh=False PricesStale');
    const unknown = render({ member: { offerings: [{ price: null }] } });
    expect(conditionsOf(unknown).at(-1)).to.equal('PriceFresh=False PricesUnknown');
    expect(unknown.pools?.[0]).to.not.have.any.keys(
      'priceUSDPerNodeHour',
      'pricedAt',
      'priceAgeSeconds',
      'priceSource',
    );
    expect(conditionsOf(render({ member: { offerings: [] } })).at(-1)).to.equal(
      'CredentialsValid=True CredentialsAccepted',
    );
    expect(render({ member: { offerings: [] } }).summary?.pools).to.equal('none');
  });

  it('keeps what was last seen while the member cannot be seen', () => {
    const previous = render();
    const blind = render({
      member: { verdict: 'Down', synced: false },
      gpus: null,
      kubernetesVersion: null,
      probe: null,
      previous,
    });
    expect(blind.pools).to.deep.equal(previous.pools);
    expect(blind).to.deep.include({
      gpus: previous.gpus,
      summary: previous.summary,
      kubernetesVersion: 'v1.37.2',
      lastProbe: previous.lastProbe,
    });
    expect(blind).to.have.property('unreachableSince');
    expect(blind).to.not.have.property('goodSince');
  });

  it('records the last outage so that a restart is as patient', () => {
    const lastOutage = { endedAt: after(NOW, minutes(-3)), flaps: 2 };
    const verdict = { ...aMember().verdict, lastOutage };
    const object = aMemberClusterObject({ '/metadata/name': 'aws-a', '/status': render({ member: { verdict } }) });
    expect(parseMemberCluster(object).recorded.verdict).to.deep.equal(verdict);
  });

  it('records a backoff so that a restart keeps to it', () => {
    const backoff = { until: after(NOW, minutes(3)), reason: 'Capacity', failures: 2, message: 'none left' } as const;
    const status = render({ member: { offerings: [{ backoff }] } });
    const parsed = parseMemberCluster(aMemberClusterObject({ '/metadata/name': 'aws-a', '/status': status }));
    expect(parsed.recorded.offerings.get(aMember().offerings[0]?.id ?? ('' as never))?.backoff).to.deep.equal(backoff);
    expect(parsed.recorded.verdict).to.deep.equal(aMember().verdict);
  });

  it('describes offerings so that they can be planned with from a file', () => {
    const member = aMember({ offerings: [{ growableNodes: 2 }, { pool: 'spot', capacityType: 'spot' }] });
    const status = render({ member: { offerings: [{ growableNodes: 2 }, { pool: 'spot', capacityType: 'spot' }] } });
    const parsed = parseMemberCluster(aMemberClusterObject({ '/metadata/name': 'aws-a', '/status': status }));
    expect(parsed.ok && offlineMember(parsed, NOW).offerings).to.deep.equal(member.offerings);
  });

  it('leaves out a region that is not known', () => {
    expect(render({ member: { region: '' } })).to.not.have.property('region');
  });
});

describe('the status of an unchanged member', () => {
  const later = after(NOW, minutes(90));

  it('is the same to the byte though it was probed and priced again', () => {
    const first = render();
    const again = { offerings: [{ price: aPrice(32, later) }] };
    const second = render({ member: again, probe: answered(later), previous: first, now: later });
    expect(JSON.stringify(second)).to.equal(JSON.stringify(first));
  });

  it('is the same to the byte though it fails again', () => {
    const first = render({ member: { verdict: 'Down' }, probe: failed('Timeout') });
    const second = render({
      member: { verdict: 'Down' },
      probe: failed('Timeout', later),
      previous: first,
      now: later,
    });
    expect(JSON.stringify(second.lastProbe)).to.equal(JSON.stringify(first.lastProbe));
  });

  it('shows another outcome, another failure and another price', () => {
    const first = render();
    const refused = render({ probe: failed('Refused', later), previous: first, now: later });
    expect(refused.lastProbe).to.deep.equal({
      outcome: 'Failed',
      failure: 'Refused',
      message: 'it was Refused',
      since: '2026-09-01T13:30:00Z',
    });
    expect(render({ probe: failed('Reset'), previous: refused }).lastProbe?.failure).to.equal('Reset');
    expect(render({ probe: answered(later, false), previous: first }).lastProbe?.outcome).to.equal('NotReady');
    const dearer = render({ member: { offerings: [{ price: aPrice(33, later) }] }, previous: first, now: later });
    expect(dearer.pools?.[0]).to.include({ priceUSDPerNodeHour: '33', pricedAt: '2026-09-01T13:30:00Z' });
  });

  it('shows the age of a price once it is too old, and again that it is fresh', () => {
    const first = render();
    const evening = after(NOW, hours(4));
    const stale = render({ previous: first, now: evening });
    expect(stale.pools?.[0]).to.include({ priceAgeSeconds: 4 * 3600, pricedAt: '2026-09-01T12:00:00Z' });
    const staler = render({ previous: stale, now: after(evening, minutes(7)) });
    expect(JSON.stringify(staler)).to.equal(JSON.stringify(stale));
    const fresh = render({
      member: { offerings: [{ price: aPrice(32, evening) }] },
      previous: stale,
      now: after(evening, seconds(5)),
    });
    expect(fresh.pools?.[0]).to.include({ priceAgeSeconds: 5, pricedAt: '2026-09-01T16:00:00Z' });
  });

  it('is admitted by the CRD', () => {
    const long = { until: NOW, reason: 'Quota', failures: 1, message: 'x'.repeat(5000) } as const;
    const worlds: World[] = [
      {},
      { member: { offerings: [{ backoff: long }] }, credentialsExpireAt: NOW },
      { member: { verdict: 'Down' }, probe: failed('Tls') },
      { member: { offerings: Array.from({ length: 600 }, (_, index) => ({ pool: `p${index}` })) } },
    ];
    for (const world of worlds) expect(crdErrors(aMemberClusterObject({ '/status': render(world) }))).to.deep.equal([]);
  });
});

describe('invalidMemberClusterStatus', () => {
  it('says what to correct and keeps what is recorded', () => {
    const previous = render();
    const issues = [{ path: 'spec.eks', message: 'is required; add it' }];
    const status = invalidMemberClusterStatus({ generation: 3, issues, previous, now: NOW });
    expect(conditionsOf(status)).to.deep.equal(['Ready=False InvalidSpec', 'Stalled=True InvalidSpec']);
    expect(status).to.deep.include({ observedGeneration: 3, pools: previous.pools, verdict: 'Healthy' });
    expect(crdErrors(aMemberClusterObject({ '/status': status }))).to.deep.equal([]);
  });
});
