/** What the acts of the story prove, on made-up reports: each expectation can fail. */
import { expect } from 'chai';
import type { Act } from '../../../operator/cli/demo/act.ts';
import { ActRecord, judgeOutcome } from '../../../operator/cli/demo/act-record.ts';
import { drillLines } from '../../../operator/cli/demo/drill-lines.ts';
import { STORY } from '../../../operator/cli/demo/story.ts';
import { drillReport } from '../../../operator/decide/drill/drill-report.ts';
import type { DrillReport } from '../../../operator/model/drill-report.ts';
import { clusterName } from '../../../operator/model/names.ts';
import type { Instant } from '../../../operator/model/units.ts';
import {
  aReport,
  storyTime,
  type DeploymentWords,
  type MemberWords,
  type ReportWords,
} from '../../support/cli-fleet.ts';
import { aDrill, aFullDrillState, theReadings } from '../../support/drill-states.ts';

function actOf(step: string): Act {
  const act = STORY.find(({ begins }) => (begins.kind === 'Play' ? begins.step : begins.title).includes(step));
  if (!act) throw new Error(`no act ${step}`);
  return act;
}

const MEMBERS: readonly MemberWords[] = [
  {},
  { name: 'aws-west', pools: { 'a100-spot': 12, a100: 28, l40s: 10 } },
  { name: 'azure-east', pools: { a100spot: 13, a100: 32 } },
  { name: 'azure-west', pools: { h100spot: 22, a100spot: 14, a100: 30 } },
];

const chat: DeploymentWords = { placements: ['aws-east/h100-spot 2', 'azure-west/h100spot 2'], trigger: 'Initial' };
const code: DeploymentWords = {
  name: 'code-13b',
  wanted: 6,
  minReady: 3,
  placements: ['aws-west/a100-spot 3', 'azure-east/a100spot 3'],
  trigger: 'Initial',
};
const embed: DeploymentWords = {
  name: 'embed-small',
  placements: ['aws-west/l40s 2', 'azure-east/a10spot 2'],
  trigger: 'Initial',
};

/** The expectations that fail when the act begins with the first report and goes on with the others. */
function failures(step: string, reports: readonly ReportWords[], strays: readonly string[] = []): readonly string[] {
  const [before, ...others] = reports.map((words) => aReport({ members: MEMBERS, ...words }));
  const act = actOf(step);
  const record = new ActRecord(act, before ?? aReport(), storyTime(0));
  for (const report of others) if (record.observe(report)) break;
  return judgeOutcome(act, record.outcome({ strays, drill: null })).failed;
}

describe('the act of the price rise', () => {
  const risen = MEMBERS.map((it) => (it.name === 'aws-west' ? { ...it, pools: { ...it.pools, 'a100-spot': 36 } } : it));
  const decision = { trigger: 'Price', decidedAt: 60 };
  const begin = { deployments: [chat, code, embed] };
  const surge = {
    at: 61,
    members: risen,
    deployments: [
      chat,
      {
        ...code,
        ...decision,
        moving: true,
        placements: ['aws-west/a100-spot 3 Draining', 'azure-east/a100spot 3', 'azure-west/a100spot 3 Starting 0'],
      },
      embed,
    ],
  };
  const over = {
    at: 200,
    members: risen,
    deployments: [
      chat,
      { ...code, ...decision, hourly: 42, placements: ['azure-east/a100spot 3', 'azure-west/a100spot 3'] },
      embed,
    ],
  };
  const story = [begin, { at: 60, members: risen, deployments: [chat, code, embed] }, surge, over];

  it('holds when the deployment moves for its price and everything stays ready', () => {
    expect(failures('price-rise', story)).to.deep.equal([]);
  });

  it('does not hold when a unit was missing for a moment', () => {
    const dip = { ...surge, at: 90, deployments: [chat, { ...surge.deployments[1], ready: 2 }, embed] };
    expect(failures('price-rise', [...story.slice(0, 3), dip, over])).to.deep.equal([
      'code-13b had all its units ready all along',
      'code-13b never fell below its floor of 3 ready units',
    ]);
  });

  it('does not hold when it moved for another reason', () => {
    const other = (report: ReportWords): ReportWords => ({
      ...report,
      deployments: (report.deployments ?? []).map((it) =>
        it.trigger === 'Price' ? { ...it, trigger: 'Capacity' } : it,
      ),
    });
    expect(failures('price-rise', story.map(other))).to.deep.equal(['code-13b was moved for the reason Price']);
  });

  it('does not hold when something else was moved too', () => {
    const moved = { ...chat, placements: ['aws-east/h100 2', 'azure-west/h100spot 2'] };
    const end = { ...over, deployments: [moved, ...over.deployments.slice(1)] };
    expect(failures('price-rise', [...story.slice(0, 3), end])).to.deep.equal(['chat-70b was not touched']);
  });

  it('does not hold while anything is left where the price rose', () => {
    expect(failures('price-rise', story.slice(0, 3))).to.include.members([
      'nothing of code-13b is left on aws-west/a100-spot',
      'it came to an end',
    ]);
  });

  it('does not hold when staying would have been as cheap', () => {
    // Three replicas of two accelerators are six eighths of the node: 24 x 6/8 = 18 more than the 120 of before.
    const [before, , , end] = story;
    const dear = { ...over, deployments: [chat, { ...end?.deployments?.[1], hourly: 58 }, embed] };
    expect(failures('price-rise', [before ?? {}, ...story.slice(1, 3), dear])).to.deep.equal([
      'code-13b costs less than it would where it was, at the risen price',
    ]);
  });

  it('does not hold when a member runs something that status does not know', () => {
    const what = 'the members that can be reached run exactly what status says';
    expect(failures('price-rise', story, ['a stray'])).to.deep.equal([what]);
  });
});

describe('the act of the spot loss', () => {
  const begin = { deployments: [chat, code, embed] };
  const lost = {
    at: 150,
    deployments: [{ ...chat, placements: ['aws-east/h100-spot 2 Starting 0', 'azure-west/h100spot 2'] }, code, embed],
  };
  const fallback = (pool: string): ReportWords => ({
    at: 300,
    deployments: [
      { ...chat, trigger: 'Capacity', decidedAt: 160, placements: [`${pool} 2`, 'azure-west/h100spot 2'] },
      code,
      embed,
    ],
  });

  it('holds when on-demand takes over', () => {
    expect(failures('spot-dries-up', [begin, lost, fallback('aws-east/h100')])).to.deep.equal([]);
  });

  it('does not hold when no on-demand came in', () => {
    expect(failures('spot-dries-up', [begin, lost, fallback('azure-east/h100spot')])).to.deep.equal([
      'chat-70b fell back to on-demand',
    ]);
  });

  it('does not hold when more than half of it was put on one member', () => {
    expect(failures('spot-dries-up', [begin, lost, fallback('azure-west/h100')])).to.deep.equal([
      'no deployment has more than half of its units on one member',
    ]);
  });
});

describe('the act of the outage', () => {
  const dark = MEMBERS.map((it): MemberWords => (it.name === 'azure-west' ? { ...it, verdict: 'Down' } : it));
  const held = { ...code, placements: ['azure-east/a100spot 3', 'azure-west/a100spot 3'] };
  const begin = { deployments: [chat, held, embed] };
  const replaced = { trigger: 'Evacuation', decidedAt: 16 };
  const over = {
    at: 200,
    members: dark,
    deployments: [
      {
        ...chat,
        ...replaced,
        placements: ['aws-east/h100-spot 2', 'aws-west/a100 2', 'azure-west/h100spot 2 Stranded ?'],
      },
      {
        ...held,
        ...replaced,
        placements: ['azure-east/a100spot 3', 'aws-west/a100 3', 'azure-west/a100spot 3 Stranded ?'],
      },
      embed,
    ],
  };
  const down = (at: number): ReportWords => ({ at, members: dark, deployments: [chat, held, embed] });

  it('holds when everything on the lost member is replaced, and nothing sooner than after ten seconds', () => {
    expect(failures('region-dark', [begin, down(15), over])).to.deep.equal([]);
  });

  it('does not hold when the member was given up in haste', () => {
    expect(failures('region-dark', [begin, down(5), over])).to.deep.equal([
      'azure-west was believed down only after ten seconds of silence',
    ]);
  });

  it('does not hold when what was there has been forgotten', () => {
    const forgetful = { ...over.deployments[0], placements: ['aws-east/h100-spot 2', 'aws-west/a100 2'] };
    const end = { ...over, deployments: [forgetful, ...over.deployments.slice(1)] };
    expect(failures('region-dark', [begin, down(15), end])).to.deep.equal([
      'all of chat-70b on azure-west has been given up, and none of it was forgotten',
    ]);
  });

  describe('and of the return', () => {
    const back = MEMBERS;
    const end = {
      at: 300,
      members: back,
      deployments: [
        { ...chat, placements: ['aws-east/h100-spot 2', 'aws-west/a100 2'] },
        { ...held, placements: ['azure-east/a100spot 3', 'aws-west/a100 3'] },
        embed,
      ],
    };

    it('holds when the stranded copies are gone', () => {
      expect(failures('region-back', [over, end])).to.deep.equal([]);
    });

    it('does not hold while a copy is stranded, nor when one serves twice', () => {
      expect(failures('region-back', [over, { ...over, members: back }])).to.include('it came to an end');
      const twice = { ...chat, placements: ['aws-east/h100-spot 2', 'aws-west/a100 2', 'azure-west/h100spot 2'] };
      expect(
        failures('region-back', [over, { ...end, deployments: [twice, ...end.deployments.slice(1)] }]),
      ).to.deep.equal(['every unit runs once: no copy is left over', 'it came to an end']);
    });
  });
});

const NOTHING_ELSE = { strays: [], drill: null };

describe('the act of the drill', () => {
  const begin = { deployments: [chat, code, embed] };
  const grown = {
    at: 30,
    drills: [{ phase: 'Observing' }],
    deployments: [
      { ...chat, placements: ['aws-east/h100 2', 'aws-west/a100 2'], decidedAt: 20 },
      { ...code, placements: ['aws-west/a100 3', 'azure-east/a100spot 3'], decidedAt: 20 },
      embed,
    ],
  };
  const over = { ...grown, at: 95, drills: [{ phase: 'Completed', outcome: 'Succeeded' }] };
  const said = aDrillReport();

  function played(drill: DrillReport | null): { readonly failed: readonly string[]; readonly over: Instant | null } {
    const record = new ActRecord(actOf('drill'), aReport({ members: MEMBERS, ...begin }), storyTime(0));
    for (const words of [grown, over]) record.observe(aReport({ members: MEMBERS, ...words }));
    const outcome = record.outcome({ strays: [], drill });
    return { failed: judgeOutcome(actOf('drill'), outcome).failed, over: outcome.moments.over };
  }

  it('is over when the drill is, with its report', () => {
    expect(played(said)).to.deep.equal({ failed: [], over: storyTime(95) });
  });

  it('does not hold without a report, nor with one that says that it went wrong', () => {
    expect(played(null).failed).to.have.length(3);
    expect(played({ ...said, outcome: 'Failed' }).failed).to.have.length(1);
    expect(played({ ...said, leftOver: 1 }).failed).to.deep.equal(['the drill left nothing behind']);
    expect(played({ ...said, notTested: [] }).failed).to.have.length(1);
  });

  it('is told in a few lines, with what was not tested', () => {
    const lines = drillLines(said);
    expect(lines.length).to.be.within(3, 4);
    expect(lines.join('\n')).to.contain('all without azure-west after 51 s').and.contain('not tested: ');
  });
});

/** What the operator says of a drill that went well. */
function aDrillReport(): DrillReport {
  const state = aFullDrillState({
    phase: 'Completed',
    outcome: 'Succeeded',
    clusters: [clusterName('azure-west')],
    readings: theReadings({
      injectedAt: storyTime(10),
      recoveredAt: storyTime(61),
      restoredAt: storyTime(62),
      liftedAt: storyTime(62),
      leftOver: 0,
    }),
  });
  return drillReport({ drill: aDrill({ '/spec/mode': 'SignalOverride' }, state), previous: null });
}

describe('the first act', () => {
  const apply = (hourly: number): ActRecord => {
    const record = new ActRecord(actOf('applied'), aReport({ members: MEMBERS }), storyTime(0));
    const starting = { ...chat, placements: ['aws-east/h100-spot 2 Starting 0', 'azure-west/h100spot 2 Starting 0'] };
    record.observe(aReport({ at: 5, members: MEMBERS, deployments: [starting, code, embed] }));
    const placed = [chat, code, embed].map((it) => ({ ...it, hourly }));
    record.observe(aReport({ at: 9, members: MEMBERS, deployments: placed }));
    return record;
  };

  it('is over when everything is ready', () => {
    const { moments } = apply(10).outcome(NOTHING_ELSE);
    expect(moments).to.deep.equal({ seen: storyTime(5), replaced: null, over: storyTime(9) });
    expect(judgeOutcome(actOf('applied'), apply(10).outcome(NOTHING_ELSE)).failed).to.deep.equal([]);
  });

  it('does not hold when one cloud alone would have been as cheap', () => {
    expect(judgeOutcome(actOf('applied'), apply(60).outcome(NOTHING_ELSE)).failed).to.deep.equal([
      'it costs less than all on demand, and less than either cloud alone',
    ]);
  });
});
