import { expect } from 'chai';
import { fleetPolicyStatus } from '../../operator/api/fleet-policy-status.ts';
import { DEFAULT_FLEET_POLICY, parseFleetPolicy } from '../../operator/api/parse-fleet-policy.ts';
import { fraction, hours, instant } from '../../operator/model/units.ts';
import { crdErrors } from '../support/api-crd-schemas.ts';
import { aFleetPolicyObject, yamlFiles } from '../support/api-objects.ts';
import { NOW } from '../support/fleet-workload.ts';

describe('parseFleetPolicy', () => {
  it('reads an empty policy as the defaults', () => {
    for (const object of [aFleetPolicyObject(), aFleetPolicyObject({ '/spec': undefined })]) {
      const result = parseFleetPolicy(object);
      expect(result.ok && result.policy).to.deep.equal(DEFAULT_FLEET_POLICY);
    }
    expect(DEFAULT_FLEET_POLICY).to.deep.equal({
      maxSpendShare: {},
      namespaceBudgets: {},
      fleetBudget: null,
      concurrentMoves: 10,
      evacuationParallelism: 64,
      priceAgeLimit: hours(3),
      freezeThreshold: fraction(0.5),
      allowedNamespaces: null,
      drills: { enabled: true, maxMode: 'DrainGraceful' },
      shedding: null,
    });
  });

  it('reads everything that can be said', () => {
    const [file] = yamlFiles('crds/examples').filter(({ name }) => name === 'fleet-policy.yaml');
    const result = parseFleetPolicy(file?.documents[0]);
    expect(result.ok && result.policy).to.deep.include({
      maxSpendShare: { aws: 0.8, azure: 0.8 },
      namespaceBudgets: { 'ml-batch': 200 },
      fleetBudget: 2500,
      allowedNamespaces: ['ml-prod', 'ml-batch', 'health'],
    });
  });

  it('refuses what is no FleetPolicy', () => {
    expect(parseFleetPolicy('default').ok).to.equal(false);
  });
});

describe('fleetPolicyStatus', () => {
  const input = { generation: 4, issues: [], frozen: false, previous: null, now: NOW };
  const typesOf = (status: ReturnType<typeof fleetPolicyStatus>) =>
    status.conditions?.map(({ type, status, reason }) => `${type}=${status} ${reason}`);

  it('says that the policy is in force, and says it once', () => {
    const status = fleetPolicyStatus(input);
    expect(typesOf(status)).to.deep.equal(['Ready=True InForce']);
    expect(fleetPolicyStatus({ ...input, previous: status, now: instant(NOW + 1000) })).to.deep.equal(status);
    expect(crdErrors(aFleetPolicyObject({ '/status': status }))).to.deep.equal([]);
  });

  it('says what to correct', () => {
    const status = fleetPolicyStatus({ ...input, issues: [{ path: 'spec.a', message: 'unknown field; remove it' }] });
    expect(typesOf(status)).to.deep.equal(['Ready=False InvalidSpec', 'Stalled=True InvalidSpec']);
    expect(status.conditions?.[0]?.message).to.equal('Correct the spec: spec.a: unknown field; remove it.');
  });

  it('says while the operator holds still', () => {
    expect(typesOf(fleetPolicyStatus({ ...input, frozen: true }))).to.deep.equal([
      'Ready=True InForce',
      'Frozen=True FleetFrozen',
    ]);
  });
});
