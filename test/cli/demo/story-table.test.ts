/** The table at the end of the story. */
import { expect } from 'chai';
import type { Outcome } from '../../../operator/cli/demo/act.ts';
import { minutesAndSeconds, renderTable } from '../../../operator/cli/demo/story-table.ts';
import type { Bill, Bills } from '../../../operator/decide/leverage/compare-bills.ts';
import { milliUnits, seconds, usdPerHour } from '../../../operator/model/units.ts';
import { aReport, STORY_START, storyTime } from '../../support/cli-fleet.ts';

const aBill = (hourly: number, units = 0): Bill => ({ hourly: usdPerHour(hourly), unplaced: milliUnits(units * 1000) });

const BILLS: Bills = {
  today: usdPerHour(40),
  onDemand: aBill(110.08),
  byProvider: [
    { provider: 'aws', bill: aBill(52.5) },
    { provider: 'azure', bill: aBill(20, 2) },
  ],
};

function anOutcome(overrides: Partial<Outcome> = {}): Outcome {
  const report = aReport({ deployments: [{ placements: ['aws-east/h100-spot 4'] }] });
  const moments = { seen: storyTime(127), replaced: storyTime(128), over: storyTime(301) };
  const nothing = { lowest: new Map(), triggers: new Map(), strays: [], drill: null };
  return { ...nothing, before: report, after: report, startedAt: storyTime(60), moments, bills: BILLS, ...overrides };
}

/** The cells of each line, without the frame. */
const cells = (table: string): readonly string[][] =>
  table
    .split('\n')
    .filter((line) => line.startsWith('│'))
    .map((line) =>
      line
        .split('│')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

describe('renderTable', () => {
  it('shows when, how long, how few and how much', () => {
    const outcome = anOutcome({ lowest: new Map([['chat-70b', 3]]) });
    const [head, row] = cells(renderTable([{ title: 'It rains.', outcome, watched: ['chat-70b'] }], STORY_START));
    expect(head).to.deep.equal([
      'what happened',
      'at',
      'seen',
      'replaced',
      'all ready',
      'fewest ready meanwhile',
      'now',
      'on-demand',
      'AWS alone',
      'Azure alone',
    ]);
    expect(row).to.deep.equal([
      'It rains.',
      '1:00',
      '1:07',
      '1:08',
      '4:01',
      'chat-70b 3 of 4, floor 2',
      '$40.00',
      '$110.08',
      '$52.50',
      '$20.00, 2 units short',
    ]);
  });

  it('shows a dash for what did not happen', () => {
    const outcome = anOutcome({ moments: { seen: null, replaced: null, over: null } });
    const [, row] = cells(renderTable([{ title: 'Nothing.', outcome, watched: [] }], STORY_START));
    expect(row?.slice(2, 6)).to.deep.equal(['-', '-', '-', '-']);
  });
});

describe('minutesAndSeconds', () => {
  it('rounds to seconds and carries them', () => {
    expect([0, 59.4, 59.6, 61, 754].map((it) => minutesAndSeconds(seconds(it)))).to.deep.equal([
      '0:00',
      '0:59',
      '1:00',
      '1:01',
      '12:34',
    ]);
  });
});
