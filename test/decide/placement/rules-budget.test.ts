import { expect } from 'chai';
import type { FleetPolicy } from '../../../operator/model/fleet.ts';
import { fraction, usdPerHour } from '../../../operator/model/units.ts';
import type { MemberOverrides } from '../../support/fleet-members.ts';
import { aFleet } from '../../support/fleet-members.ts';
import { aView, aWorkload } from '../../support/fleet-workload.ts';
import { fareOf, lackOf, placesByName, placesOf, planAll, planOf } from '../../support/placement-plans.ts';

const HERE = 'aws-a/h100/a';
const THERE = 'azure-b/h100/a';

const budgets = (namespaces: Readonly<Record<string, number>>): Partial<FleetPolicy> => ({
  namespaceBudgets: namespaces as FleetPolicy['namespaceBudgets'],
});

/** Holds one replica at $4 an hour. */
const other = (namespace: string) => aView({ name: 'other', namespace }, [{}]);

describe('planFleet: budgets', () => {
  it('Budget: $10 an hour buy two replicas at $4 and leave $2', () => {
    const plan = planOf({ workloads: [aWorkload({ replicas: 3, maxHourly: 10 })] });
    expect(placesOf(plan)).to.deep.equal({ [HERE]: 2 });
    expect(plan.hourly).to.equal(8);
    expect(plan.unplaced).to.deep.equal({
      units: 1000,
      reasons: [{ rule: 'Budget', message: `${HERE}: a replica costs $4.00 an hour; its own budget has $2.00 left` }],
    });
  });

  it('Budget: is spent to the cent', () => {
    expect(placesOf(planOf({ workloads: [aWorkload({ replicas: 3, maxHourly: 12 })] }))).to.deep.equal({ [HERE]: 3 });
    expect(placesOf(planOf({ workloads: [aWorkload({ replicas: 3, maxHourly: 11.99 })] }))).to.deep.equal({
      [HERE]: 2,
    });
  });

  it('Budget: is no obstacle to exact prices such as $0.10 x 3 = $0.30', () => {
    const members = [{ offerings: [{ perAcceleratorHour: 0.1 }] }];
    expect(placesOf(planOf({ members, workloads: [aWorkload({ replicas: 3, maxHourly: 0.3 })] }))).to.deep.equal({
      [HERE]: 3,
    });
  });

  it('Budget: closes the dearer offering and leaves the cheaper one open', () => {
    const plan = planOf({
      members: [{ offerings: [{ freeByNode: [1] }] }, { name: 'azure-b', offerings: [{ perAcceleratorHour: 9 }] }],
      workloads: [aWorkload({ replicas: 2, maxHourly: 12 })],
    });
    expect(placesOf(plan)).to.deep.equal({ [HERE]: 1 });
    expect(fareOf(plan, THERE)).to.deep.include({
      verdict: 'Rejected',
      rule: 'Budget',
      reason: 'a replica costs $9.00 an hour; its own budget has $8.00 left; fits below $8.00 an accelerator-hour',
    });
    // One offering is full, the other too dear: both are told.
    expect(lackOf(plan)).to.deep.equal({ units: 1, rules: ['Budget', 'Room'] });
  });

  it('NamespaceBudget: what others of the namespace spend is gone, $6 - $4 = $2', () => {
    const plan = planOf({ policy: budgets({ 'ml-prod': 6 }), workloads: [other('ml-prod'), aWorkload()] });
    expect(placesOf(plan)).to.deep.equal({});
    expect(plan.unplaced?.reasons).to.deep.equal([
      {
        rule: 'NamespaceBudget',
        message: `${HERE}: a replica costs $4.00 an hour; the budget of namespace ml-prod has $2.00 left; fits below $2.00 an accelerator-hour`,
      },
    ]);
  });

  it('NamespaceBudget: other namespaces spend their own money', () => {
    const plan = planOf({
      policy: budgets({ 'ml-prod': 6 }),
      workloads: [other('ml-dev'), aWorkload({ replicas: 2 })],
    });
    expect(placesOf(plan)).to.deep.equal({ [HERE]: 1 });
    expect(lackOf(plan)).to.deep.equal({ units: 1, rules: ['NamespaceBudget'] });
  });

  it('NamespaceBudget: an overdrawn one has $0.00 left, not less', () => {
    const plan = planOf({ policy: budgets({ 'ml-prod': 3 }), workloads: [other('ml-prod'), aWorkload()] });
    expect(plan.unplaced?.reasons[0]?.message).to.contain('has $0.00 left');
  });

  it('NamespaceBudget: is shared by what is planned together, $8 for three that want $4 each', () => {
    const workloads = ['a', 'b', 'c'].map((name) => aWorkload({ name }));
    const { workloads: plans } = planAll(aFleet({ policy: budgets({ 'ml-prod': 8 }), workloads }));
    expect(plans.map(({ hourly }) => hourly).sort((a, b) => a - b)).to.deep.equal([0, 4, 4]);
  });

  it('NamespaceBudget: what others are giving up is not counted', () => {
    const draining = aView({ name: 'other' }, [{ phase: 'Draining' }]);
    const plan = planOf({ policy: budgets({ 'ml-prod': 6 }), workloads: [draining, aWorkload()] });
    expect(placesOf(plan)).to.deep.equal({ [HERE]: 1 });
  });

  it('FleetBudget: counts every namespace, $10 - $4 = $6 for one more', () => {
    const plan = planOf({
      policy: { fleetBudget: usdPerHour(10) },
      workloads: [other('ml-dev'), aWorkload({ replicas: 2 })],
    });
    expect(placesOf(plan)).to.deep.equal({ [HERE]: 1 });
    expect(plan.unplaced?.reasons).to.deep.equal([
      {
        rule: 'FleetBudget',
        message: `${HERE}: a replica costs $4.00 an hour; the budget of the fleet has $2.00 left`,
      },
    ]);
  });

  it('FleetBudget: holdings on offerings that are gone, or without a price, count as nothing', () => {
    const lost = aView({ name: 'other' }, [{ cluster: 'aws-gone' }, { cluster: 'azure-b' }]);
    const plan = planOf({
      policy: { fleetBudget: usdPerHour(4) },
      members: [{}, { name: 'azure-b', offerings: [{ price: null }] }],
      workloads: [lost, aWorkload()],
    });
    expect(placesOf(plan)).to.deep.equal({ [HERE]: 1 });
  });

  it('names the narrowest circle first when several budgets are too small', () => {
    const policy = { ...budgets({ 'ml-prod': 1 }), fleetBudget: usdPerHour(1) };
    expect(lackOf(planOf({ policy, workloads: [aWorkload({ maxHourly: 1 })] }))?.rules).to.deep.equal(['Budget']);
    expect(lackOf(planOf({ policy, workloads: [aWorkload()] }))?.rules).to.deep.equal(['NamespaceBudget']);
  });
});

describe('planFleet: share of spend', () => {
  const dearer: MemberOverrides = { name: 'azure-b', offerings: [{ perAcceleratorHour: 6 }] };
  const halfAws = { maxSpendShare: { aws: fraction(0.5) } };

  it('SpendShare: 2 x $4 with aws and 2 x $6 with azure keep aws at 8 / 20 = 40 %; 12 / 18 would be too much', () => {
    const plan = planOf({ policy: halfAws, members: [{}, dearer], workloads: [aWorkload({ replicas: 4 })] });
    expect(placesOf(plan)).to.deep.equal({ [HERE]: 2, [THERE]: 2 });
    expect(fareOf(plan, HERE).verdict).to.equal('Chosen');
  });

  it('SpendShare: without a limit the cheaper provider gets all', () => {
    const plan = planOf({
      policy: { maxSpendShare: { aws: fraction(1) } },
      members: [{}, dearer],
      workloads: [aWorkload({ replicas: 4 })],
    });
    expect(placesOf(plan)).to.deep.equal({ [HERE]: 4 });
  });

  it('SpendShare: the replica that crosses it is the last one, and what remains is told', () => {
    const plan = planOf({ policy: halfAws, workloads: [aWorkload({ replicas: 4 })] });
    // Nothing but aws: 4 replicas ($16) may have $8, those two $4, that one $2, which it crosses.
    expect(placesOf(plan)).to.deep.equal({ [HERE]: 1 });
    expect(plan.unplaced).to.deep.equal({
      units: 3000,
      reasons: [
        {
          rule: 'SpendShare',
          message: `${HERE}: a replica costs $4.00 an hour; the share of spend with aws has $0.00 left`,
        },
      ],
    });
  });

  it('SpendShare: never evicts what is there', () => {
    const plan = planOf({
      policy: halfAws,
      members: [{}, dearer],
      workloads: [aView({ replicas: 4 }, [{ replicas: 4 }])],
    });
    expect(placesOf(plan)).to.deep.equal({ [HERE]: 4 });
    expect(plan.change).to.equal(null);
  });

  it('SpendShare: counts what others spend: $24 with azure leave aws its four at $16 / $40 = 40 %', () => {
    const others = aView({ name: 'other', replicas: 4 }, [{ cluster: 'azure-b', replicas: 4 }]);
    const plan = planOf({ policy: halfAws, members: [{}, dearer], workloads: [others, aWorkload({ replicas: 4 })] });
    expect(placesOf(plan)).to.deep.equal({ [HERE]: 4 });
  });

  it('SpendShare: others of the same provider use it up', () => {
    const others = aView({ name: 'other', replicas: 4 }, [{ replicas: 4, observed: { bound: 4 } }]);
    const plan = planOf({ policy: halfAws, members: [{}, dearer], workloads: [others, aWorkload({ replicas: 2 })] });
    // 16 of 16 + 8 with aws is 67 %: both go to azure, and 16 / 28 is as near as it gets.
    expect(placesOf(plan)).to.deep.equal({ [THERE]: 2 });
    expect(fareOf(plan, HERE)).to.deep.include({ verdict: 'Rejected', rule: 'SpendShare' });
  });

  it('SpendShare: holds for the fleet, not for each workload', () => {
    const workloads = ['a', 'b'].map((name) => aWorkload({ name, replicas: 2 }));
    const plan = placesByName(planAll(aFleet({ policy: halfAws, members: [{}, dearer], workloads })));
    const all = Object.values(plan).flatMap((places) => Object.entries(places));
    const on = (offering: string) => all.reduce((sum, [id, replicas]) => sum + (id === offering ? replicas : 0), 0);
    expect([on(HERE), on(THERE)]).to.deep.equal([2, 2]);
  });
});
