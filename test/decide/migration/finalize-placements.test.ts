import { expect } from 'chai';
import { finalizePlacements } from '../../../operator/decide/migration/finalize-placements.ts';
import { secondsOn } from '../../support/decide-health.ts';
import { linesOf } from '../../support/decide-plans.ts';
import { aFleet } from '../../support/fleet-members.ts';
import { aView, NOW } from '../../support/fleet-workload.ts';

const fleet = aFleet({ members: [{ name: 'aws-a' }, { name: 'azure-b', verdict: 'Down' }] });

describe('finalizePlacements', () => {
  it('releases everything, whatever it was doing', () => {
    const view = aView({ replicas: 6 }, [
      { cluster: 'azure-b', phase: 'Stranded', replicas: 3, observed: null },
      { cluster: 'aws-a', phase: 'Serving', replicas: 3 },
    ]);
    const { placements, why, wakeAt } = finalizePlacements({ view, fleet, now: NOW });
    expect(linesOf(placements)).to.deep.equal(['aws-a/h100/a Releasing 0', 'azure-b/h100/a Releasing 0']);
    expect(placements[0]?.since).to.equal(NOW);
    expect(wakeAt).to.equal(null);
    expect(why).to.equal(
      'Deleting aws-a/h100/a. azure-b/h100/a cannot be deleted while azure-b cannot be reached; ' +
        'bring it back, or delete its MemberCluster to give it up.',
    );
  });

  it('forgets an entry once its member shows that nothing is left, and not before that can be believed', () => {
    const gone = (secondsAgo: number) =>
      aView({}, [{ phase: 'Releasing', replicas: 0, since: secondsOn(-secondsAgo), observed: { present: false } }]);
    const early = finalizePlacements({ view: gone(1), fleet, now: NOW });
    expect(early.placements).to.deep.equal(gone(1).holdings.map((it) => it.record));
    expect(early.wakeAt).to.equal(secondsOn(9));
    const late = finalizePlacements({ view: gone(10), fleet, now: NOW });
    expect(late).to.deep.equal({ placements: [], wakeAt: null, why: 'Nothing is left on any member.' });
  });

  it('keeps an entry whose member says nothing', () => {
    for (const [cluster, observed] of [
      ['aws-a', null],
      ['azure-b', { present: false }],
    ] as const) {
      const view = aView({}, [{ cluster, phase: 'Releasing', replicas: 0, since: secondsOn(-3600), observed }]);
      const { placements } = finalizePlacements({ view, fleet, now: NOW });
      expect(placements).to.deep.equal([view.holdings[0]?.record]);
    }
  });

  it('gives up what was on a member that is gone, and says so', () => {
    const view = aView({}, [{ cluster: 'gone', observed: null }]);
    const { placements, why } = finalizePlacements({ view, fleet, now: NOW });
    expect(placements).to.deep.equal([]);
    expect(why).to.contain('gone/h100/a was orphaned');
  });

  it('goes on in a frozen fleet, because somebody asked for it', () => {
    const view = aView({}, [{}]);
    const { placements } = finalizePlacements({ view, fleet: { ...fleet, frozen: true }, now: NOW });
    expect(linesOf(placements)).to.deep.equal(['aws-a/h100/a Releasing 0']);
  });
});
