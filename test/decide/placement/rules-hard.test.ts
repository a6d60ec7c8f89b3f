import { expect } from 'chai';
import { FILTERS, heldRejectionOf, residencyRejectionOf } from '../../../operator/decide/placement/filters.ts';
import type { Verdict } from '../../../operator/model/fleet.ts';
import { regionName } from '../../../operator/model/names.ts';
import type { HardRule } from '../../../operator/model/plan.ts';
import { after, hours, instant, minutes, seconds, usdPerHour } from '../../../operator/model/units.ts';
import type { MemberOverrides, OfferingOverrides } from '../../support/fleet-members.ts';
import { aMember, anOffering, aPrice } from '../../support/fleet-members.ts';
import type { WorkloadOverrides } from '../../support/fleet-workload.ts';
import { aHolding, aView, aWorkload, NOW } from '../../support/fleet-workload.ts';
import { fareOf, lackOf, placesOf, planOf } from '../../support/placement-plans.ts';

const HERE = 'aws-a/h100/a';

interface Refusal {
  readonly rule: HardRule;
  readonly title: string;
  readonly workload?: WorkloadOverrides;
  readonly member?: MemberOverrides;
  readonly offering?: OfferingOverrides;
  readonly says: string;
}

const inTwoMinutes = { until: after(NOW, seconds(120)), reason: 'Quota', failures: 3, message: 'no quota' } as const;

const refusals: readonly Refusal[] = [
  {
    rule: 'Provider',
    title: 'another cloud than the allowed ones',
    workload: { placement: { providers: ['azure', 'other'] } },
    says: 'aws-a is with aws; allowed: azure, other',
  },
  {
    rule: 'Region',
    title: 'another region than the allowed ones',
    workload: { placement: { regions: [regionName('eu-west-1')] } },
    says: 'aws-a is in us-east-1; allowed: eu-west-1',
  },
  {
    rule: 'ClusterSelector',
    title: 'a member whose labels do not match',
    workload: { placement: { clusterSelector: { matchLabels: { tier: 'prod' }, matchExpressions: [] } } },
    member: { labels: { tier: 'test' } },
    says: 'the labels of aws-a do not match the cluster selector',
  },
  {
    rule: 'Cordon',
    title: 'a cordoned member',
    member: { cordoned: true },
    says: 'aws-a is cordoned: nothing new goes there',
  },
  {
    rule: 'Verdict',
    title: 'a member that has not been listed yet, whatever its verdict',
    member: { synced: false },
    says: 'aws-a has not been listed yet: what runs there is unknown',
  },
  ...(['Suspect', 'ControlPlaneLost', 'Down', 'Recovering'] as const).map(
    (verdict): Refusal => ({
      rule: 'Verdict',
      title: `a member that is ${verdict}`,
      member: { verdict },
      says: `aws-a is ${verdict}: nothing new goes there`,
    }),
  ),
  {
    rule: 'SpotMode',
    title: 'spot where spot is never allowed',
    workload: { placement: { spot: 'Never' } },
    offering: { capacityType: 'spot' },
    says: 'it is spot; spot is never allowed',
  },
  {
    rule: 'SpotMode',
    title: 'on-demand where spot is required',
    workload: { placement: { spot: 'Required' } },
    says: 'it is on-demand; spot is required',
  },
  {
    rule: 'PriceUnknown',
    title: 'an offering without a price',
    offering: { price: null },
    says: 'its price is not known',
  },
  { rule: 'PriceUnknown', title: 'a price of 0', offering: { price: aPrice(0) }, says: 'its price is not known' },
  { rule: 'PriceUnknown', title: 'a price below 0', offering: { price: aPrice(-1) }, says: 'its price is not known' },
  {
    rule: 'PriceUnknown',
    title: 'a price that is no number',
    offering: { price: aPrice(Number.NaN) },
    says: 'its price is not known',
  },
  {
    rule: 'PriceUnknown',
    title: 'an infinite price',
    offering: { price: aPrice(Number.POSITIVE_INFINITY) },
    says: 'its price is not known',
  },
  {
    rule: 'PriceAge',
    title: 'a price of 6 h 1 min where the limit is 6 h',
    offering: { price: aPrice(32, instant(NOW - minutes(361))) },
    says: 'its price is 361 minutes old; the limit is 360',
  },
  {
    rule: 'Backoff',
    title: 'an offering where nothing stands free, and nothing is opened for two more minutes',
    offering: { backoff: inTwoMinutes, freeByNode: [], growableNodes: 3 },
    says: '3 launches failed (Quota); tried again in 120 s',
  },
];

const fleetOf = ({ workload, member, offering }: Omit<Refusal, 'rule' | 'title' | 'says'>) => ({
  members: [{ ...member, offerings: [offering ?? {}] }],
  workloads: [aWorkload(workload)],
});

describe('planFleet: rules that never bend', () => {
  for (const { rule, title, says, ...case_ } of refusals) {
    it(`${rule} refuses ${title}`, () => {
      const plan = planOf(fleetOf(case_));
      expect(placesOf(plan)).to.deep.equal({});
      expect(fareOf(plan, HERE)).to.deep.include({ verdict: 'Rejected', rule, reason: says });
      expect(plan.unplaced).to.deep.equal({ units: 1000, reasons: [{ rule, message: `${HERE}: ${says}` }] });
      expect(plan.summary).to.equal(`0 of 1 units are placed; 1 find no place: ${HERE}: ${says}`);
    });
  }

  it('Accelerator refuses another model than the shapes name', () => {
    const plan = planOf(fleetOf({ workload: { shapes: [{ accelerator: 'H200' }, { accelerator: 'B200' }] } }));
    expect(fareOf(plan, HERE)).to.deep.include({
      verdict: 'Rejected',
      rule: 'Accelerator',
      reason: 'it has H100; wanted: H200, B200',
      effectivePerUnit: null,
    });
    expect(plan.unplaced).to.deep.equal({
      units: 1000,
      reasons: [{ rule: 'Accelerator', message: 'no offering in the fleet has H200 or B200' }],
    });
  });

  const admitted: readonly Omit<Refusal, 'rule' | 'says'>[] = [
    { title: 'one of the allowed clouds', workload: { placement: { providers: ['azure', 'aws'] } } },
    { title: 'one of the allowed regions', workload: { placement: { regions: [regionName('us-east-1')] } } },
    {
      title: 'a member whose labels match',
      workload: { placement: { clusterSelector: { matchLabels: { tier: 'prod' }, matchExpressions: [] } } },
      member: { labels: { tier: 'prod' } },
    },
    ...(['Healthy', 'Degraded'] as const).map((verdict: Verdict) => ({
      title: `a ${verdict} member`,
      member: { verdict },
    })),
    {
      title: 'spot where it is required',
      workload: { placement: { spot: 'Required' } },
      offering: { capacityType: 'spot' },
    },
    { title: 'on-demand where spot is never allowed', workload: { placement: { spot: 'Never' } } },
    { title: 'a price that is just as old as the limit', offering: { price: aPrice(32, instant(NOW - minutes(360))) } },
    { title: 'a free node that stands where no more are given', offering: { backoff: inTwoMinutes } },
    { title: 'an offering whose backoff ends now', offering: { backoff: { ...inTwoMinutes, until: NOW } } },
  ];
  for (const { title, ...case_ } of admitted) {
    it(`admits ${title}`, () => {
      const plan = planOf(fleetOf(case_));
      expect(placesOf(plan)).to.deep.equal({ [HERE]: 1 });
      expect(plan.unplaced).to.equal(null);
    });
  }

  it('names the first of several rules in the way', () => {
    const plan = planOf(
      fleetOf({
        workload: { placement: { providers: ['azure'], spot: 'Required' } },
        member: { cordoned: true, verdict: 'Down' },
      }),
    );
    expect(fareOf(plan, HERE).rule).to.equal('Provider');
  });

  it('closes one offering and takes the dearer one that is left', () => {
    const plan = planOf({
      members: [{ cordoned: true }, { name: 'azure-b', offerings: [{ perAcceleratorHour: 9 }] }],
      workloads: [aWorkload({ replicas: 2 })],
    });
    expect(placesOf(plan)).to.deep.equal({ 'azure-b/h100/a': 2 });
    expect(plan.hourly).to.equal(18);
    expect(lackOf(plan)).to.equal(null);
  });

  it('asks the rules in the order that the model lists them', () => {
    const site = {
      index: 0,
      offering: anOffering({ price: null, backoff: inTwoMinutes, capacityType: 'spot', accelerator: 'A100' }),
      member: aMember({ cordoned: true, verdict: 'Down' }),
      perAcceleratorHour: null,
      remainder: { free: [], growable: 0 },
    };
    const workload = aWorkload({
      placement: {
        providers: ['azure'],
        regions: [regionName('eu-west-1')],
        clusterSelector: { matchLabels: { tier: 'prod' }, matchExpressions: [] },
        spot: 'Never',
      },
    });
    const subject = { workload, site, at: NOW, priceAgeLimit: hours(6) };
    const asked = FILTERS.map((filter) => filter(subject)?.rule ?? null);
    expect(asked).to.deep.equal([
      'Provider',
      'Region',
      'ClusterSelector',
      'Cordon',
      'Verdict',
      'Accelerator',
      'SpotMode',
      'PriceUnknown',
      null, // no price has no age
      'Backoff',
      null, // nothing wanted of another model: no count to find room for
    ]);
    expect(residencyRejectionOf(subject)?.rule).to.equal('Provider');
  });
});

describe('planFleet: what is held and what the rules say of it', () => {
  const elsewhere: MemberOverrides = { name: 'azure-b', offerings: [{}] };
  const holding = (workload: WorkloadOverrides, member: MemberOverrides) =>
    planOf({ members: [member, elsewhere], workloads: [aView(workload, [{}])] });

  it('keeps replicas where only news closes the door: cordon, price age, unknown price, backoff', () => {
    const news: readonly MemberOverrides[] = [
      { cordoned: true },
      { offerings: [{ price: null }] },
      { offerings: [{ price: aPrice(32, instant(NOW - hours(7))) }] },
      { offerings: [{ backoff: inTwoMinutes }] },
    ];
    for (const member of news) {
      const plan = holding({}, member);
      expect(placesOf(plan), JSON.stringify(member)).to.deep.equal({ [HERE]: 1 });
      expect(plan.change, JSON.stringify(member)).to.equal(null);
    }
  });

  const forbidden: readonly (readonly [string, WorkloadOverrides])[] = [
    ['provider', { placement: { providers: ['azure'] } }],
    ['region', { placement: { regions: [regionName('west-europe')] } }],
    ['selector', { placement: { clusterSelector: { matchLabels: { tier: 'prod' }, matchExpressions: [] } } }],
  ];
  for (const [name, workload] of forbidden) {
    it(`moves replicas that the specification's ${name} now forbids`, () => {
      const plan = planOf({
        members: [{}, { ...elsewhere, region: 'west-europe', labels: { tier: 'prod' } }],
        workloads: [aView(workload, [{}])],
      });
      expect(placesOf(plan)).to.deep.equal({ 'azure-b/h100/a': 1 });
      expect(plan.change).to.equal('Rules');
    });
  }

  it('moves replicas from spot when spot is no longer allowed', () => {
    const plan = planOf({
      members: [{ offerings: [{ pool: 'spot', capacityType: 'spot', perAcceleratorHour: 1 }] }, elsewhere],
      workloads: [aView({ placement: { spot: 'Never' } }, [{ pool: 'spot', capacityType: 'spot' }])],
    });
    expect(placesOf(plan)).to.deep.equal({ 'azure-b/h100/a': 1 });
    expect(plan.change).to.equal('Rules');
    expect(plan.onDemandHourly).to.equal(usdPerHour(4));
  });

  it('has no objection to what is held within the specification', () => {
    const { record } = aHolding();
    const member = aMember({ cordoned: true, verdict: 'Suspect' });
    const site = {
      index: 0,
      offering: anOffering({ pool: record.pool }),
      member,
      perAcceleratorHour: usdPerHour(4),
      remainder: { free: [], growable: 0 },
    };
    expect(heldRejectionOf({ workload: aWorkload(), site, at: NOW, priceAgeLimit: hours(6) })).to.equal(null);
  });
});
