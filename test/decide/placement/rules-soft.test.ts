import { expect } from 'chai';
import { fraction } from '../../../operator/model/units.ts';
import type { PlacementRules } from '../../../operator/model/workload.ts';
import type { MemberOverrides } from '../../support/fleet-members.ts';
import { aView, aWorkload } from '../../support/fleet-workload.ts';
import { fareOf, lackOf, placesOf, planOf } from '../../support/placement-plans.ts';

const A = 'aws-a/h100/a';
const B = 'azure-b/h100/a';
const C = 'aws-c/h100/a';

/** At $4, $6 and $5 an accelerator-hour. */
const aws: MemberOverrides = {};
const azure: MemberOverrides = { name: 'azure-b', offerings: [{ perAcceleratorHour: 6 }] };
const secondAws: MemberOverrides = { name: 'aws-c', offerings: [{ perAcceleratorHour: 5 }] };

const plan = (replicas: number, placement: Partial<PlacementRules>, members: readonly MemberOverrides[]) =>
  planOf({ members, workloads: [aWorkload({ replicas, placement })] });

const hold = { whenUnsatisfiable: 'Hold' } as const;

describe('planFleet: rules that bend last', () => {
  describe('maxPerProvider', () => {
    const half = { maxPerProvider: fraction(0.5) };

    it('rounds up: half of 3 is 2 with the cheaper provider', () => {
      expect(placesOf(plan(3, half, [aws, azure]))).to.deep.equal({ [A]: 2, [B]: 1 });
    });

    it('counts all members of a provider together', () => {
      expect(placesOf(plan(4, half, [aws, secondAws, azure]))).to.deep.equal({ [A]: 2, [B]: 2 });
    });

    it('takes a share that is meant to be whole for whole: 0.7 x 10 = 7.000000000000001 is 7', () => {
      const members = [{ offerings: [{ freeByNode: [8, 8] }] }, azure];
      expect(placesOf(plan(10, { maxPerProvider: fraction(0.7) }, members))).to.deep.equal({ [A]: 7, [B]: 3 });
    });

    it('with Relax is bent no more than is needed when the other cloud has room for one only', () => {
      const small = { ...azure, offerings: [{ perAcceleratorHour: 6, freeByNode: [1] }] };
      const bent = plan(4, half, [aws, small]);
      expect(placesOf(bent)).to.deep.equal({ [A]: 3, [B]: 1 });
      expect(bent.relaxed).to.deep.equal([
        { rule: 'MaxPerProvider', by: 1, message: '3 units are on aws, 1 more than its share of 2' },
      ]);
      expect(bent.unplaced).to.equal(null);
    });

    it('with Relax gives way entirely when one cloud is gone', () => {
      const bent = plan(3, half, [aws, { ...azure, verdict: 'Down' }]);
      expect(placesOf(bent)).to.deep.equal({ [A]: 3 });
      expect(bent.summary).to.equal(
        '3 of 3 units on aws-a/h100/a (3 replicas) for $12.00 an hour; bent: 3 units are on aws, 1 more than its share of 2',
      );
    });

    it('with Hold leaves the rest without a place', () => {
      const held = plan(3, { ...half, ...hold }, [aws]);
      expect(placesOf(held)).to.deep.equal({ [A]: 2 });
      expect(held.relaxed).to.deep.equal([]);
      expect(held.unplaced).to.deep.equal({
        units: 1000,
        reasons: [{ rule: 'MaxPerProvider', message: `${A}: aws holds 2 of the 2 units that its share allows` }],
      });
    });

    it('is told of an offering that it closes', () => {
      expect(fareOf(plan(3, half, [aws, azure]), A).verdict).to.equal('Chosen');
      expect(fareOf(plan(3, half, [aws, secondAws, azure]), C)).to.deep.include({
        verdict: 'Rejected',
        rule: 'MaxPerProvider',
        reason: 'aws holds 2 of the 2 units that its share allows',
      });
    });
  });

  describe('maxPerCluster', () => {
    const half = { maxPerCluster: fraction(0.5) };

    it('spreads over members of one provider: half of 4 each', () => {
      expect(placesOf(plan(4, half, [aws, secondAws]))).to.deep.equal({ [A]: 2, [C]: 2 });
    });

    it('counts all pools of a member together', () => {
      const twoPools = { offerings: [{}, { pool: 'more', perAcceleratorHour: 3 }] };
      expect(placesOf(plan(4, half, [twoPools, secondAws]))).to.deep.equal({ 'aws-a/more/a': 2, [C]: 2 });
    });

    it('with Relax is bent by what finds no other place', () => {
      expect(plan(4, half, [aws]).relaxed).to.deep.equal([
        { rule: 'MaxPerCluster', by: 2, message: '4 units are on aws-a, 2 more than its share of 2' },
      ]);
    });

    it('with Hold keeps half', () => {
      const held = plan(4, { ...half, ...hold }, [aws]);
      expect(lackOf(held)).to.deep.equal({ units: 2, rules: ['MaxPerCluster'] });
      expect(held.unplaced?.reasons[0]?.message).to.equal(`${A}: aws-a holds 2 of the 2 units that its share allows`);
    });
  });

  describe('minClusters', () => {
    it('takes a dearer cluster so that there are two', () => {
      expect(placesOf(plan(3, { minClusters: 2 }, [aws, secondAws, azure]))).to.deep.equal({ [A]: 2, [C]: 1 });
    });

    it('starts more replicas than the units need when there are fewer units than clusters', () => {
      expect(placesOf(plan(2, { minClusters: 3 }, [aws, secondAws, azure]))).to.deep.equal({ [A]: 1, [B]: 1, [C]: 1 });
    });

    it('with Relax says how many clusters are missing', () => {
      const bent = plan(3, { minClusters: 3 }, [aws, secondAws]);
      expect(bent.unplaced).to.equal(null);
      expect(bent.relaxed).to.deep.equal([
        { rule: 'MinClusters', by: 1, message: 'it runs on 2 of at least 3 clusters' },
      ]);
    });

    it('with Hold places nothing at all', () => {
      const held = plan(3, { minClusters: 2, ...hold }, [aws]);
      expect(placesOf(held)).to.deep.equal({});
      expect(held.unplaced).to.deep.equal({
        units: 3000,
        reasons: [
          {
            rule: 'MinClusters',
            message: 'fewer than 2 clusters have room within the rules, and without them nothing may be placed',
          },
        ],
      });
      expect(fareOf(held, A)).to.deep.include({ verdict: 'Dearer', reason: '$4.00 a unit; nothing is placed' });
    });
  });

  describe('onDemandBase', () => {
    const mixed = (onDemand: number): MemberOverrides => ({
      offerings: [{ pool: 'spot', capacityType: 'spot', perAcceleratorHour: 1 }, { freeByNode: [onDemand] }],
    });
    const SPOT = 'aws-a/spot/a';

    it('keeps its units off spot: 3 - 1 = 2 on spot', () => {
      expect(placesOf(plan(3, { onDemandBase: 1 }, [mixed(8)]))).to.deep.equal({ [A]: 1, [SPOT]: 2 });
    });

    it('of more than is wanted allows no spot at all', () => {
      expect(placesOf(plan(2, { onDemandBase: 5 }, [mixed(8)]))).to.deep.equal({ [A]: 2 });
    });

    it('of nothing is no rule: all on spot, which is cheaper', () => {
      const all = plan(3, { onDemandBase: 0 }, [mixed(8)]);
      expect(placesOf(all)).to.deep.equal({ [SPOT]: 3 });
      expect([all.hourly, all.onDemandHourly]).to.deep.equal([3, 12]);
    });

    it('with Relax gives way to spot when on-demand is full', () => {
      const bent = plan(3, { onDemandBase: 2 }, [mixed(1)]);
      expect(placesOf(bent)).to.deep.equal({ [A]: 1, [SPOT]: 2 });
      expect(bent.relaxed).to.deep.equal([
        { rule: 'OnDemandBase', by: 1, message: '2 units are on spot, 1 more than an on-demand base of 2 leaves' },
      ]);
    });

    it('with Hold waits for on-demand', () => {
      const held = plan(3, { onDemandBase: 2, ...hold }, [mixed(1)]);
      expect(placesOf(held)).to.deep.equal({ [A]: 1, [SPOT]: 1 });
      expect(fareOf(held, SPOT).verdict).to.equal('Chosen');
      expect(held.unplaced?.reasons.map(({ message }) => message)).to.include(
        `${SPOT}: the on-demand base leaves 1 units to spot, and 1 are there`,
      );
    });
  });

  it('bends the rule that costs least: one unit over one cap rather than over two', () => {
    const rules = { maxPerProvider: fraction(0.5), maxPerCluster: fraction(0.5) };
    // A third unit with aws breaks the provider's cap anywhere, and the cluster's on aws-a only.
    const bent = plan(4, rules, [
      aws,
      secondAws,
      { ...azure, offerings: [{ perAcceleratorHour: 6, freeByNode: [1] }] },
    ]);
    expect(bent.relaxed.map(({ rule, by }) => [rule, by])).to.deep.equal([['MaxPerProvider', 1]]);
    expect(placesOf(bent)).to.deep.equal({ [A]: 2, [B]: 1, [C]: 1 });
  });

  it('keeps a relaxed rule again as soon as there is room, at any price', () => {
    const held = aView({ replicas: 3, placement: { maxPerProvider: fraction(0.5) } }, [{ replicas: 3 }]);
    const kept = planOf({ members: [aws, { ...azure, offerings: [{ perAcceleratorHour: 60 }] }], workloads: [held] });
    expect(placesOf(kept)).to.deep.equal({ [A]: 2, [B]: 1 });
    expect(kept.change).to.equal('Rules');
    expect(kept.relaxed).to.deep.equal([]);
  });

  it('prefers units to rules, and rules to cost', () => {
    const both = plan(10, { maxPerProvider: fraction(0.5) }, [
      aws,
      { ...azure, offerings: [{ perAcceleratorHour: 60, freeByNode: [4] }] },
    ]);
    // Ten are wanted, eight and four have room: six with aws (one too many) and all four of azure.
    expect(placesOf(both)).to.deep.equal({ [A]: 6, [B]: 4 });
    expect(both.relaxed.map(({ by }) => by)).to.deep.equal([1]);
  });
});
