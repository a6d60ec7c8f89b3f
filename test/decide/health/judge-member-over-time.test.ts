import { expect } from 'chai';
import { judgeMember } from '../../../operator/decide/health/judge-member.ts';
import type { Verdict } from '../../../operator/model/fleet.ts';
import { instant, seconds } from '../../../operator/model/units.ts';
import { anEvidence, held, ProbedMember, secondsOn, theThresholds } from '../../support/decide-health.ts';
import { NOW } from '../../support/fleet-workload.ts';

describe('judgeMember over time', () => {
  describe('doubt', () => {
    it('ends after the wanted successes in a row', () => {
      const member = new ProbedMember(held('Healthy'));
      member.see('Refused');
      expect(member.see('good')).to.equal('Suspect/ProbeFailed');
      expect(member.see('good')).to.equal('Healthy/ProbesSucceed');
    });

    it('lasts while every other answer is slow, and writes no verdict for each of them', () => {
      const member = new ProbedMember(held('Healthy'));
      for (let i = 0; i < 20; i += 1) {
        member.see('slow');
        expect(member.see('good')).to.equal('Suspect/ProbeSlow');
      }
      expect(new Set(member.written.map((state) => state.verdict))).to.deep.equal(new Set(['Suspect']));
    });

    it('comes when the watches have been silent for too long, and says when that will be', () => {
      const heard = anEvidence({ watchFreshAt: NOW });
      const { wakeAt } = judgeMember(held('Healthy'), heard, theThresholds(), secondsOn(60));
      expect(wakeAt).to.equal(null); // just reached
      expect(judgeMember(held('Healthy'), heard, theThresholds(), NOW).wakeAt).to.equal(secondsOn(60));
      const silent = judgeMember(held('Healthy'), heard, theThresholds(), instant(secondsOn(60) + 1));
      expect(silent.state).to.include({ verdict: 'Suspect', reason: 'WatchStale' });
    });

    it('does not come from watches or nodes that were never listed', () => {
      const unlisted = anEvidence({ watchFreshAt: null, nodes: null });
      const { state, wakeAt } = judgeMember(held('Healthy'), unlisted, theThresholds(), NOW);
      expect(state.verdict).to.equal('Healthy');
      expect(wakeAt).to.equal(null);
    });
  });

  describe('lost nodes', () => {
    it('degrade from the share on that is set, and a member without nodes is not degraded', () => {
      const verdict = (total: number, ready: number): Verdict =>
        judgeMember(held('Healthy'), anEvidence({ nodes: { total, ready } }), theThresholds(), NOW).state.verdict;
      expect(verdict(4, 3)).to.equal('Healthy');
      expect(verdict(4, 2)).to.equal('Degraded');
      expect(verdict(0, 0)).to.equal('Healthy');
    });

    it('are forgiven after they have been back for a while', () => {
      const member = new ProbedMember(held('Healthy'));
      member.see('nodes lost');
      expect(member.see('good', 6)).to.equal('Degraded/NodesLost'); // good for 25 s
      expect(member.see('good')).to.equal('Healthy/ProbesSucceed'); // 30 s
    });

    it('turn a doubt or an outage into Degraded once the API has answered often enough', () => {
      for (const verdict of ['Suspect', 'Down', 'ControlPlaneLost'] as const) {
        const member = new ProbedMember(held(verdict));
        member.see('nodes lost');
        expect(member.state?.verdict).to.equal(verdict);
        expect(member.see('nodes lost')).to.equal('Degraded/NodesLost');
      }
    });
  });

  describe('the way back', () => {
    it('leads from Down over Recovering to Healthy', () => {
      const member = new ProbedMember(held('Down'));
      expect(member.see('good')).to.equal('Down/ApiUnreachable');
      expect(member.state?.unreachableSince).to.equal(null);
      const goodSince = member.now;
      expect(member.see('good')).to.equal('Recovering/SignalsReturned');
      expect(member.wakeAt).to.equal(goodSince + seconds(30));
      expect(member.see('good', 4)).to.equal('Recovering/SignalsReturned'); // good for 25 s
      expect(member.see('good')).to.equal('Healthy/ProbesSucceed');
    });

    it('waits for the watches: until they live again they show the past', () => {
      for (const nodes of [
        { total: 4, ready: 4 },
        { total: 4, ready: 0 },
      ]) {
        const before = { ...held('Down'), unreachableSince: null, goodSince: nodes.ready > 0 ? secondsOn(-20) : null };
        const verdict = (freshAt: number): Verdict =>
          judgeMember(before, anEvidence({ watchFreshAt: secondsOn(freshAt), nodes }), theThresholds(), NOW).state
            .verdict;
        expect(verdict(-30)).to.equal('Down');
        expect(verdict(-5)).to.equal(nodes.ready > 0 ? 'Recovering' : 'Degraded');
      }
      const unlisted = anEvidence({ watchFreshAt: null });
      expect(judgeMember(held('Down'), unlisted, theThresholds(), NOW).state.verdict).to.equal('Recovering');
    });

    it('starts its clock again with every failure, without being another outage', () => {
      const member = new ProbedMember(held('Down'));
      member.see('good', 4);
      expect(member.see('Refused')).to.equal('Recovering/ProbeFailed');
      expect(member.see('good', 6)).to.equal('Recovering/SignalsReturned');
      expect(member.see('good')).to.equal('Healthy/ProbesSucceed');
    });

    it('is an outage again when it fails for long enough', () => {
      const member = new ProbedMember(held('Down'));
      member.see('good', 4);
      expect(member.see('Refused', 3)).to.equal('Recovering/ProbeFailed');
      expect(member.see('Refused')).to.equal('Down/ApiUnreachable');
    });
  });

  describe('flapping', () => {
    it('of 20 s down and 20 s up never becomes Down when an outage takes 30 s', () => {
      const member = new ProbedMember(held('Healthy'), theThresholds({ downAfter: seconds(30) }));
      for (let i = 0; i < 50; i += 1) {
        expect(member.see('Refused', 4)).to.equal('Suspect/ProbeFailed');
        expect(member.see('good', 4)).to.equal('Healthy/ProbesSucceed');
      }
    });

    it('does not delay an outage that follows: its time counts from its own first failure', () => {
      const member = new ProbedMember(held('Healthy'), theThresholds({ downAfter: seconds(30) }));
      member.see('Refused', 4);
      member.see('good', 1);
      member.see('Refused');
      const since = member.now;
      expect(member.see('Timeout', 6)).to.equal('Down/ApiUnreachable');
      expect(member.state?.unreachableSince).to.equal(since);
      expect(member.now - since).to.equal(seconds(30));
    });
  });

  describe('a restart', () => {
    for (const verdict of ['Healthy', 'Suspect', 'ControlPlaneLost', 'Degraded', 'Down', 'Recovering'] as const) {
      it(`changes nothing of ${verdict} before the first probe`, () => {
        const before = held(verdict);
        const { state, wakeAt } = judgeMember(before, anEvidence({ probe: null }), theThresholds(), secondsOn(3600));
        expect(state).to.deep.equal(before);
        expect(wakeAt).to.equal(null);
      });
    }

    it('goes on counting an outage where it stopped', () => {
      const member = new ProbedMember(held('Healthy'), theThresholds({ downAfter: seconds(60) }));
      member.see('Refused', 2);
      const since = member.state?.unreachableSince;
      member.restart();
      member.now = secondsOn(120);
      expect(member.see('Refused', 2)).to.equal('Suspect/ProbeFailed'); // failures are counted anew
      expect(member.see('Refused')).to.equal('Down/ApiUnreachable');
      expect(member.state?.unreachableSince).to.equal(since);
    });
  });
});
