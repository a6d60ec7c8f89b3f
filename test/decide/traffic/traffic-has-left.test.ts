import { expect } from 'chai';
import { trafficHasLeft } from '../../../operator/decide/traffic/traffic-has-left.ts';
import { clusterName } from '../../../operator/model/names.ts';
import { instant, seconds } from '../../../operator/model/units.ts';
import { NOW } from '../../support/fleet-workload.ts';
import { aState } from '../../support/traffic-plans.ts';

const A = clusterName('aws-a');
const drain = seconds(10);

describe('trafficHasLeft', () => {
  it('is true where nothing is routed, and for a member that gets no requests at all', () => {
    expect(trafficHasLeft(null, A, { drain, now: NOW })).to.equal(true);
    expect(trafficHasLeft(aState({ 'azure-b': 1000 }), A, { drain, now: NOW })).to.equal(true);
  });

  it('is false while requests are led there, and until those under way have had their time', () => {
    expect(trafficHasLeft(aState({ 'aws-a': 1 }), A, { drain, now: NOW })).to.equal(false);
    const left = aState({ 'aws-a': 0 });
    expect(trafficHasLeft(left, A, { drain, now: instant(NOW + 9999) })).to.equal(false);
    expect(trafficHasLeft(left, A, { drain, now: instant(NOW + 10_000) })).to.equal(true);
  });
});
