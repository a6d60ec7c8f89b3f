import { expect } from 'chai';
import { selects } from '../../../operator/decide/placement/label-selector.ts';
import type { LabelSelector } from '../../../operator/model/workload.ts';
import { aWorkload } from '../../support/fleet-workload.ts';
import { placesOf, planOf } from '../../support/placement-plans.ts';

type Expression = LabelSelector['matchExpressions'][number];

const asks = (key: string, operator: Expression['operator'], ...values: readonly string[]): LabelSelector => ({
  matchLabels: {},
  matchExpressions: [{ key, operator, values }],
});

describe('selects', () => {
  const labels = { tier: 'prod', gpu: '', 'topology.io/zone': 'a' };
  const cases: readonly (readonly [string, LabelSelector, boolean])[] = [
    ['everything when it asks for nothing', { matchLabels: {}, matchExpressions: [] }, true],
    ['a pair that is there', { matchLabels: { tier: 'prod' }, matchExpressions: [] }, true],
    ['not a pair with another value', { matchLabels: { tier: 'test' }, matchExpressions: [] }, false],
    [
      'not when one of two pairs is missing',
      { matchLabels: { tier: 'prod', team: 'ml' }, matchExpressions: [] },
      false,
    ],
    ['In: one of the values', asks('tier', 'In', 'test', 'prod'), true],
    ['In: not another value', asks('tier', 'In', 'test'), false],
    ['In: not a label that is missing', asks('team', 'In', 'ml'), false],
    ['In: an empty value that is listed', asks('gpu', 'In', ''), true],
    ['NotIn: another value', asks('tier', 'NotIn', 'test'), true],
    ['NotIn: not one of the values', asks('tier', 'NotIn', 'test', 'prod'), false],
    ['NotIn: a label that is missing', asks('team', 'NotIn', 'ml'), true],
    ['Exists: a label that is there, though empty', asks('gpu', 'Exists'), true],
    ['Exists: not a label that is missing', asks('team', 'Exists'), false],
    ['DoesNotExist: a label that is missing', asks('team', 'DoesNotExist'), true],
    ['DoesNotExist: not a label that is there, though empty', asks('gpu', 'DoesNotExist'), false],
    ['Exists: not what every object inherits', asks('constructor', 'Exists'), false],
  ];
  for (const [title, selector, selected] of cases)
    it(title, () => {
      expect(selects(selector, labels)).to.equal(selected);
    });

  it('asks for all of its pairs and expressions', () => {
    const [tier] = asks('tier', 'Exists').matchExpressions;
    const [team] = asks('team', 'Exists').matchExpressions;
    const expressions = [tier, team].flatMap((each) => each ?? []);
    expect(selects({ matchLabels: { tier: 'prod' }, matchExpressions: expressions }, labels)).to.equal(false);
    expect(
      selects({ matchLabels: { tier: 'prod' }, matchExpressions: expressions }, { ...labels, team: 'x' }),
    ).to.equal(true);
  });
});

describe('planFleet: cluster selectors', () => {
  const members = [
    { name: 'aws-a', labels: { tier: 'test' }, offerings: [{ perAcceleratorHour: 1 }] },
    { name: 'aws-b', labels: { tier: 'prod' }, offerings: [{ perAcceleratorHour: 2 }] },
    { name: 'aws-c', labels: {}, offerings: [{ perAcceleratorHour: 3 }] },
  ];
  const cheapest = [
    [asks('tier', 'In', 'prod'), 'aws-b/h100/a'],
    [asks('tier', 'NotIn', 'test'), 'aws-b/h100/a'],
    [asks('tier', 'NotIn', 'test', 'prod'), 'aws-c/h100/a'],
    [asks('tier', 'Exists'), 'aws-a/h100/a'],
    [asks('tier', 'DoesNotExist'), 'aws-c/h100/a'],
  ] as const;
  for (const [clusterSelector, offering] of cheapest) {
    const asked = clusterSelector.matchExpressions.map(({ operator, values }) => `${operator} ${values.join(', ')}`);
    it(`takes the cheapest member for: tier ${asked.join()}`, () => {
      const plan = planOf({ members, workloads: [aWorkload({ placement: { clusterSelector } })] });
      expect(placesOf(plan)).to.deep.equal({ [offering]: 1 });
    });
  }

  it('plans workloads that differ in their selector alone each by its own', () => {
    const two = ['In', 'NotIn'] as const;
    const workloads = two.map((operator) =>
      aWorkload({ name: operator, placement: { clusterSelector: asks('tier', operator, 'test') } }),
    );
    expect(placesOf(planOf({ members, workloads }, 'In'))).to.deep.equal({ 'aws-a/h100/a': 1 });
    expect(placesOf(planOf({ members, workloads }, 'NotIn'))).to.deep.equal({ 'aws-b/h100/a': 1 });
  });
});
