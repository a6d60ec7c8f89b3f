import { expect } from 'chai';
import { trafficConditions, trafficOf, trafficStatus, withTraffic } from '../../operator/api/traffic-status.ts';
import { trafficStatement } from '../../operator/api/traffic-statement.ts';
import { NO_TRAFFIC } from '../../operator/model/traffic-state.ts';
import { clusterName } from '../../operator/model/names.ts';
import { inForce } from '../support/decide-moves.ts';
import { NOW } from '../support/fleet-workload.ts';
import { aState } from '../support/traffic-plans.ts';

const state = aState({ 'aws-a': 2000, 'azure-b': 0 }, NOW);
const status = {
  observedGeneration: 1,
  conditions: [
    { type: 'Ready', status: 'True', reason: 'Serving', message: 'm', lastTransitionTime: '2026-01-01T00:00:00Z' },
  ],
} as const;
const statement = trafficStatement({ state, footing: 'Ready', unaddressed: [], obstacle: null });

describe('status.traffic', () => {
  it('is read back as it was written', () => {
    expect(trafficOf(trafficStatus(state))).to.deep.equal(state);
    expect(trafficOf(undefined)).to.deep.equal(NO_TRAFFIC);
    const shifting = inForce(
      { 'aws-a': 1000, 'azure-b': 1000 },
      { percent: 50, shiftedAt: NOW, answering: ['azure-b'] },
    );
    expect(trafficOf(trafficStatus(shifting))).to.deep.equal(shifting);
  });

  it('is told beside everything else, and told again changes nothing', () => {
    const told = { state, statement, generation: 2, now: NOW };
    const once = withTraffic(status, told);
    expect(once.conditions?.map((it) => it.type)).to.deep.equal(['Ready', 'TrafficRouted']);
    expect(withTraffic(once, { ...told, now: (NOW + 1000) as typeof NOW })).to.deep.equal(once);
    expect(trafficConditions(once)).to.have.lengthOf(1);
  });

  it('goes without a trace', () => {
    const told = withTraffic(status, { state, statement, generation: 2, now: NOW });
    expect(withTraffic(told, null)).to.deep.equal(status);
    expect(withTraffic({ observedGeneration: 1 }, null)).to.deep.equal({ observedGeneration: 1 });
    expect(trafficConditions(null)).to.deep.equal([]);
  });
});

describe('trafficStatement', () => {
  const base = { state: aState({ 'aws-a': 2000 }), footing: 'Ready', unaddressed: [], obstacle: null } as const;
  const of = (overrides: Partial<Parameters<typeof trafficStatement>[0]>) =>
    trafficStatement({ ...base, ...overrides });

  it('tells where requests go', () => {
    expect(of({})).to.include({ status: 'True', reason: 'Routed', message: 'Requests go to aws-a 2.' });
    expect(of({ state: aState({ 'aws-a': 500 }, NOW) })).to.include({ status: 'True', reason: 'Shifting' });
    expect(of({ footing: 'LastKnown' })).to.include({ status: 'Unknown', reason: 'LastKnown' });
    expect(of({ footing: 'Nothing' })).to.include({ status: 'False', reason: 'NothingReady' });
  });

  it('tells who has no InferencePool, though requests are led', () => {
    const clusters = [clusterName('aws-a')];
    for (const [trouble, reason] of [
      ['Missing', 'InferencePoolMissing'],
      ['NameTaken', 'InferencePoolNameTaken'],
    ] as const)
      expect(of({ withoutPool: { trouble, clusters } })).to.include({ status: 'True', reason });
  });

  it('tells who has no address, and whether requests reach anybody', () => {
    const unaddressed = [clusterName('azure-b')];
    expect(of({ unaddressed })).to.include({ status: 'True', reason: 'EndpointPending' });
    expect(of({ unaddressed, state: NO_TRAFFIC })).to.include({ status: 'False', reason: 'EndpointPending' });
  });

  it('tells first what stands in the way, with the way out', () => {
    const reasonsOf = [
      of({ obstacle: { kind: 'Missing', resource: 'HTTPRoute' } }),
      of({ obstacle: { kind: 'Missing', resource: 'DNSEndpoint' } }),
      of({ obstacle: { kind: 'NameTaken', object: 'Service llama' } }),
      of({ obstacle: { kind: 'NotAccepted', message: 'no such listener' } }),
      of({ obstacle: { kind: 'Unresolved', clusters: [clusterName('aws-a')] } }),
    ];
    expect(reasonsOf.map((it) => it.reason)).to.deep.equal([
      'GatewayApiMissing',
      'ExternalDnsMissing',
      'NameTaken',
      'RouteNotAccepted',
      'AddressUnresolved',
    ]);
    expect(reasonsOf[0]?.message).to.include('kubectl apply');
    expect(reasonsOf.every((it) => it.status === 'False')).to.equal(true);
  });
});
