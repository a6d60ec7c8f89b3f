import { expect } from 'chai';
import type { FailoverDrillStatus } from '../../../operator/api/wire-types.ts';
import { exitCodeOf, progressOf, progressText } from '../../../operator/cli/drill/drill-progress.ts';
import { instant } from '../../../operator/model/units.ts';

const NOW = instant(Date.UTC(2026, 10, 24, 10, 0, 30));
const OBSERVING: FailoverDrillStatus = { phase: 'Observing', since: '2026-11-24T10:00:02Z', message: 'It is watched.' };
const text = (before: FailoverDrillStatus | null, after: FailoverDrillStatus): string | null => {
  const line = progressOf(before, after, NOW);
  return line && progressText(line);
};

describe('progressOf', () => {
  it('is a line for each phase, at the time when it began', () => {
    expect(text({ ...OBSERVING, phase: 'Injecting' }, OBSERVING)).to.equal(
      '10:00:02  Observing         It is watched.',
    );
  });

  it('is a line for a new reason to wait, at the time when it is seen', () => {
    expect(text({ ...OBSERVING, message: 'It was.' }, OBSERVING)).to.equal(
      '10:00:30  Observing         It is watched.',
    );
  });

  it('says nothing twice, and nothing of a drill that nobody has looked at', () => {
    expect(text(OBSERVING, { ...OBSERVING, probes: [] })).to.equal(null);
    expect(text(null, {})).to.equal(null);
  });

  it('ends with how it ended, what was measured and where the report is', () => {
    const over: FailoverDrillStatus = {
      phase: 'Completed',
      since: '2026-11-24T10:09:00Z',
      outcome: 'Failed',
      message: 'Too slow.',
      measured: { detect: '10s', recovery: '4m', failback: '1m' },
      report: { configMap: 'default/x-report', sha256: '' },
    };
    expect(text(OBSERVING, over)?.split('\n')).to.deep.equal([
      '10:09:00  Failed            Too slow.',
      '          detected after 10s, all recovered after 4m, back after 1m',
      '          report: ConfigMap default/x-report',
    ]);
    expect(exitCodeOf('Failed')).to.equal(1);
    expect(exitCodeOf('Succeeded')).to.equal(0);
    expect(exitCodeOf('DryRunOnly')).to.equal(0);
  });
});
