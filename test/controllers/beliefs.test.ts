import { expect } from 'chai';
import { BeliefStore } from '../../operator/controllers/beliefs.ts';
import { clusterName, offeringId, poolName, zoneName } from '../../operator/model/names.ts';
import { NOW } from '../support/fleet-workload.ts';

const AWS_A = clusterName('aws-a');
const OFFERING = offeringId(AWS_A, poolName('h100'), zoneName('a'));

describe('BeliefStore', () => {
  it('suspects what was never judged, since the start: nothing goes there and nothing is touched', () => {
    const beliefs = new BeliefStore(NOW);
    expect(beliefs.belief(AWS_A)).to.equal(null);
    expect(beliefs.verdictOf(AWS_A)).to.include({ verdict: 'Suspect', reason: 'NotYetProbed', since: NOW });
    expect([...beliefs.learnedOf(AWS_A)]).to.deep.equal([]);
  });

  it('tells what it was given, until it is to forget it', () => {
    const beliefs = new BeliefStore(NOW);
    const verdict = { ...beliefs.verdictOf(AWS_A), verdict: 'Healthy' as const };
    const learned = new Map([[OFFERING, { backoff: null, interruptionsPerHour: 0.2 }]]);
    beliefs.hold(AWS_A, { verdict, learned });
    expect(beliefs.belief(AWS_A)).to.deep.equal({ verdict, learned });
    expect(beliefs.verdictOf(AWS_A)).to.equal(verdict);
    expect(beliefs.learnedOf(AWS_A)).to.equal(learned);
    beliefs.forget(AWS_A);
    expect(beliefs.belief(AWS_A)).to.equal(null);
  });

  it('tells whether it is news that losses are acted on that their number alone would have frozen', () => {
    const beliefs = new BeliefStore(NOW);
    const seen = [false, true, true, false].map((it) => beliefs.vouch(it));
    expect(seen).to.deep.equal([false, true, false, true]);
  });

  it('tells whether freezing changed anything', () => {
    const beliefs = new BeliefStore(NOW);
    expect([beliefs.freeze(false), beliefs.freeze(true), beliefs.freeze(true)]).to.deep.equal([false, true, false]);
    expect(beliefs.frozen).to.equal(true);
    expect(beliefs.freeze(false)).to.equal(true);
  });
});
