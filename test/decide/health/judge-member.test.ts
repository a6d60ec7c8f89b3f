import { expect } from 'chai';
import { judgeMember } from '../../../operator/decide/health/judge-member.ts';
import type { ProbeFailure, Verdict } from '../../../operator/model/fleet.ts';
import { hours, instant, seconds } from '../../../operator/model/units.ts';
import {
  anEvidence,
  answered,
  failed,
  held,
  ProbedMember,
  secondsOn,
  theThresholds,
  type Beat,
} from '../../support/decide-health.ts';
import { NOW } from '../../support/fleet-workload.ts';

const UNREACHABLE: readonly ProbeFailure[] = ['Refused', 'Timeout', 'Reset'];

describe('judgeMember', () => {
  describe('truth table: verdict held × what one probe shows, the clocks just started', () => {
    // A single probe moves a member into doubt at once, and out of an outage or a doubt never.
    const table: Readonly<
      Record<
        Verdict,
        Readonly<Record<'good' | 'Refused' | 'Credentials' | 'slow' | 'unhealthy' | 'nodes lost', string>>
      >
    > = {
      Healthy: {
        good: 'Healthy/ProbesSucceed',
        Refused: 'Suspect/ProbeFailed',
        Credentials: 'Suspect/CredentialsRejected',
        slow: 'Suspect/ProbeSlow',
        unhealthy: 'Suspect/ProbeUnhealthy',
        'nodes lost': 'Degraded/NodesLost',
      },
      Suspect: {
        good: 'Suspect/ProbeFailed',
        Refused: 'Suspect/ProbeFailed',
        Credentials: 'Suspect/CredentialsRejected',
        slow: 'Suspect/ProbeSlow',
        unhealthy: 'Suspect/ProbeUnhealthy',
        'nodes lost': 'Suspect/ProbeFailed',
      },
      ControlPlaneLost: {
        good: 'ControlPlaneLost/ServesWithoutApi',
        Refused: 'ControlPlaneLost/ServesWithoutApi',
        Credentials: 'Suspect/CredentialsRejected',
        slow: 'Suspect/ProbeSlow',
        unhealthy: 'Suspect/ProbeUnhealthy',
        'nodes lost': 'ControlPlaneLost/ServesWithoutApi',
      },
      Degraded: {
        good: 'Degraded/NodesLost',
        Refused: 'Suspect/ProbeFailed',
        Credentials: 'Suspect/CredentialsRejected',
        slow: 'Suspect/ProbeSlow',
        unhealthy: 'Suspect/ProbeUnhealthy',
        'nodes lost': 'Degraded/NodesLost',
      },
      Down: {
        good: 'Down/ApiUnreachable',
        Refused: 'Down/ApiUnreachable',
        Credentials: 'Suspect/CredentialsRejected',
        slow: 'Down/ApiUnreachable',
        unhealthy: 'Down/ApiUnreachable',
        'nodes lost': 'Down/ApiUnreachable',
      },
      Recovering: {
        good: 'Recovering/SignalsReturned',
        Refused: 'Recovering/ProbeFailed',
        Credentials: 'Suspect/CredentialsRejected',
        slow: 'Recovering/ProbeSlow',
        unhealthy: 'Recovering/ProbeUnhealthy',
        'nodes lost': 'Degraded/NodesLost',
      },
    };
    for (const [verdict, row] of Object.entries(table)) {
      for (const [beat, expected] of Object.entries(row)) {
        it(`${verdict} + ${beat} = ${expected}`, () => {
          const member = new ProbedMember(held(verdict as Verdict));
          expect(member.see(beat as Beat)).to.equal(expected);
        });
      }
    }
  });

  describe('a member never reached', () => {
    it('is suspect until its first probe', () => {
      const { state, wakeAt } = judgeMember(null, anEvidence({ probe: null }), theThresholds(), NOW);
      expect(state).to.include({ verdict: 'Suspect', reason: 'NotYetProbed', since: NOW, unreachableSince: null });
      expect(wakeAt).to.equal(null);
    });

    it('is healthy with its first good probe, having nothing to be doubted for', () => {
      const member = new ProbedMember();
      member.restart();
      expect(member.see('good')).to.equal('Healthy/ProbesSucceed');
    });

    it('is degraded with its first probe when its nodes are not ready', () => {
      const member = new ProbedMember();
      member.restart();
      expect(member.see('nodes lost')).to.equal('Degraded/NodesLost');
    });
  });

  describe('an API server that does not answer', () => {
    for (const failure of UNREACHABLE) {
      it(`is suspect at the first ${failure}, and down once both time and failures are up`, () => {
        const member = new ProbedMember(held('Healthy'));
        expect(member.see(failure)).to.equal('Suspect/ProbeFailed');
        const since = member.now;
        expect(member.see(failure, 2)).to.equal('Suspect/ProbeFailed'); // 10 s of 15 s
        expect(member.wakeAt).to.equal(since + seconds(15));
        expect(member.see(failure)).to.equal('Down/ApiUnreachable');
        expect(member.state).to.include({ unreachableSince: since, since: member.now, goodSince: null });
      });
    }

    it('is not down before enough probes failed, however long ago the first one was', () => {
      const evidence = anEvidence({ probe: failed(NOW, 'Timeout'), consecutiveFailures: 2 });
      const before = { ...held('Suspect'), unreachableSince: instant(NOW - hours(1)) };
      const { state, wakeAt } = judgeMember(before, evidence, theThresholds(), NOW);
      expect(state.verdict).to.equal('Suspect');
      expect(wakeAt).to.equal(null); // time alone brings nothing; the next probe does
    });

    it('says what kind of failure it is', () => {
      const member = new ProbedMember(held('Healthy'));
      member.see('Reset');
      expect(member.state?.message).to.contain('are reset');
      member.see('Dns');
      expect(member.state?.message).to.contain('does not resolve');
      member.see('Tls');
      expect(member.state?.message).to.contain('TLS handshake');
    });

    it('is no outage while one of its watches tells news, and one again when that falls silent', () => {
      const before = { ...held('Suspect'), unreachableSince: secondsOn(-60) };
      const seen = (heardAt: number): string => {
        const probe = failed(NOW, 'Timeout');
        const evidence = anEvidence({ probe, consecutiveFailures: 20, heardAt: secondsOn(heardAt) });
        const { state } = judgeMember(before, evidence, theThresholds(), secondsOn(3));
        return `${state.verdict}/${state.reason}/${state.unreachableSince}`;
      };
      expect(seen(1)).to.equal('Suspect/ProbeFailed/null');
      expect(seen(-1)).to.equal(`Down/ApiUnreachable/${secondsOn(-60)}`);
    });

    it('starts its clock now when the recorded one lies in the future, because the wall clock was set back', () => {
      const evidence = anEvidence({ probe: failed(NOW, 'Refused'), consecutiveFailures: 9 });
      const before = { ...held('Suspect'), unreachableSince: instant(NOW + hours(1)) };
      expect(judgeMember(before, evidence, theThresholds(), NOW).state.unreachableSince).to.equal(NOW);
    });
  });

  describe('an answer that is no outage', () => {
    for (const [beat, reason] of [
      ['Credentials', 'CredentialsRejected'],
      ['Dns', 'NameUnresolved'],
      ['Tls', 'TlsRejected'],
      ['Throttled', 'ProbeFailed'],
      ['ServerError', 'ProbeUnhealthy'],
      ['Other', 'ProbeFailed'],
      ['unhealthy', 'ProbeUnhealthy'],
      ['slow', 'ProbeSlow'],
    ] as const) {
      it(`never becomes an outage: ${beat}`, () => {
        const member = new ProbedMember(held('Healthy'));
        expect(member.see(beat, 200)).to.equal(`Suspect/${reason}`);
        expect(member.state?.unreachableSince).to.equal(null);
        expect(member.written).to.have.length(1);
      });
    }

    it('ends the time that counts as unreachable', () => {
      const member = new ProbedMember(held('Healthy'));
      member.see('Refused', 3);
      member.see('Credentials');
      member.see('Refused', 3);
      expect(member.verdict).to.equal('Suspect/ProbeFailed');
    });
  });

  describe('the data path', () => {
    const unreachable = (servedAt: number | null) =>
      anEvidence({
        probe: failed(NOW, 'Timeout'),
        consecutiveFailures: 5,
        dataPathServedAt: servedAt === null ? null : secondsOn(servedAt),
      });
    const since15 = { ...held('Suspect'), unreachableSince: secondsOn(-15) };

    it('that serves keeps a member whose API is gone from being down', () => {
      const { state, wakeAt } = judgeMember(since15, unreachable(-2), theThresholds(), NOW);
      expect(state).to.include({ verdict: 'ControlPlaneLost', reason: 'ServesWithoutApi' });
      expect(wakeAt).to.equal(secondsOn(13));
    });

    it('that has been silent as long as the API makes it down', () => {
      const { state } = judgeMember(held('ControlPlaneLost'), unreachable(-15), theThresholds(), NOW);
      expect(state.verdict).to.equal('Down');
    });

    it('that nobody asks does not matter', () => {
      expect(judgeMember(since15, unreachable(null), theThresholds(), NOW).state.verdict).to.equal('Down');
    });

    it('member whose API is back is healthy after the wanted successes', () => {
      const member = new ProbedMember(held('ControlPlaneLost'));
      expect(member.see('good', 2)).to.equal('Healthy/ProbesSucceed');
    });
  });

  it('writes nothing while nothing changes', () => {
    for (const beat of ['good', 'nodes lost', 'Refused', 'Credentials', 'slow', 'unhealthy', 'Throttled'] as const) {
      const member = new ProbedMember(held('Healthy'));
      member.see(beat, 20);
      const written = member.written.length;
      member.see(beat, 100);
      expect(member.written.length, beat).to.equal(written);
    }
  });

  it('ends every message in what to do next, within one line', () => {
    const member = new ProbedMember(held('Healthy'));
    for (const beat of [
      'nodes lost',
      'Refused',
      'Refused',
      'Refused',
      'Refused',
      'good',
      'good',
      'Tls',
      'Credentials',
      'slow',
    ] as const) {
      member.see(beat);
    }
    const messages = member.written.map((state) => state.message);
    expect(messages.length).to.be.greaterThan(6);
    for (const message of messages) expect(message).to.match(/^[A-Z][^\n]*[;,] ?[^\n]*\.$/);
  });

  it('judges by the probe, not by the time of asking', () => {
    const evidence = anEvidence({ probe: answered(NOW), watchFreshAt: secondsOn(3600) });
    expect(judgeMember(held('Healthy'), evidence, theThresholds(), secondsOn(3600)).state).to.deep.equal({
      ...held('Healthy'),
      message: 'All signals are good; nothing to do.',
    });
  });
});
