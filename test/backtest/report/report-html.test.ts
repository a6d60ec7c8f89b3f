import { expect } from 'chai';
import { replay, type Progress, type ReplayedRun } from '../../../operator/backtest/replay.ts';
import { reportHtml } from '../../../operator/backtest/report/report-html.ts';
import { aScenario, someOptions, steadily } from '../../support/backtest-scenarios.ts';

const MARKET = { 'us-1a': Array<number>(2000).fill(2), 'us-2<b>': Array<number>(2000).fill(1) };

function runsOf(onProgress: (it: Progress) => void = () => {}): readonly ReplayedRun[] {
  return replay(
    {
      scenarios: [aScenario(MARKET)],
      policies: [
        { name: 'half', begin: steadily({ 'spot/us-1a': 1 }) },
        { name: 'whole', begin: steadily({ 'spot/us-1a': 1, od: 1 }) },
      ],
      options: someOptions(),
    },
    onProgress,
  );
}

describe('replay', () => {
  it('runs every policy over every scenario, and tells how far it is', () => {
    const told: string[] = [];
    const runs = runsOf(({ policy, done }) => told.push(`${policy} ${done}`));
    expect(runs.map(({ policy, score }) => [policy, score.availability])).to.deep.equal([
      ['half', 0],
      ['whole', 1],
    ]);
    expect(told).to.deep.equal(['half 0', 'half 0.5', 'half 1', 'whole 0', 'whole 0.5', 'whole 1']);
  });

  it('keeps what each pool held over time, in few buckets', () => {
    const timeline = runsOf()[1]?.timeline ?? [];
    expect(timeline.length).to.be.within(100, 720);
    expect(timeline[1]?.fromSecond).to.equal(90); // 2,000 ticks in buckets of 3
    expect(Object.fromEntries(timeline.at(-1)?.launched ?? [])).to.deep.equal({
      'spot/us-1a': 1,
      'spot/us-2<b>': 0,
      od: 1,
    });
    expect(timeline.at(-1)).to.include({ hourly: 4, available: 1 });
  });
});

describe('reportHtml', () => {
  const html = reportHtml(runsOf(), someOptions());

  it('has a table and, for each run, plots of replicas, availability and cost', () => {
    for (const title of [
      'Replicas by pool: whole on by-hand',
      'Availability: whole on by-hand',
      'Cost: half on by-hand',
    ])
      expect(html).to.include(`<title>${title}</title>`);
    expect(html.match(/<svg /g)).to.have.length(1 + 2 * 3);
    expect(html).to.match(/<tr><td>whole<\/td><td>100\.00<\/td>/);
    expect(html).to.include('Target 2, cold start 60 s');
  });

  it('fetches nothing, and shows names as text', () => {
    expect(html).not.to.match(/https?:|<script|<link|<img/);
    expect(html).to.include('spot/us-2&lt;b&gt;').and.not.to.include('us-2<b>');
  });

  it('draws no NaN', () => {
    expect(html).not.to.match(/NaN|Infinity|undefined/);
  });
});
