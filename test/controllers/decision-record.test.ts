import { expect } from 'chai';
import { gunzipSync } from 'node:zlib';
import { DecisionRecord } from '../../operator/controllers/decision-record.ts';
import type { PlanningPass, RecordedPass } from '../../operator/decide/record/recorded-pass.ts';
import { replayPass } from '../../operator/decide/record/replay-pass.ts';
import type { FleetSnapshot } from '../../operator/model/fleet.ts';
import { millis } from '../../operator/model/units.ts';
import { planHedged } from '../../operator/decide/hedging/plan-hedged.ts';
import { aFleet } from '../support/fleet-members.ts';
import { aWorkload } from '../support/fleet-workload.ts';
import { recordedLog } from '../support/kube-log.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

const CANARY = 'canary-5d1c';

function aPass(
  replicas: number,
  names: readonly string[] = ['llama'],
  fleet: Partial<FleetSnapshot> = {},
): PlanningPass {
  const workloads = names.map((name) => aWorkload({ name, replicas }));
  const snapshot = { ...aFleet({ workloads }), ...fleet };
  const keys = snapshot.workloads.map(({ workload }) => workload.key);
  const { workloads: plans } = planHedged(snapshot, { keys, memories: new Map() });
  return { snapshot, keys, memories: new Map(), plans };
}

function aRecord(limits?: { readonly passes: number; readonly bytes: number }) {
  const clock = new SteppedClock();
  const record = new DecisionRecord({ clock, log: recordedLog(), version: '1.2.3', ...(limits ? { limits } : {}) });
  /** Until packing has begun: it comes after what was decided is acted on. */
  const begun = (): Promise<void> => clock.advance(millis(200));
  /** Until what was handed in is packed. */
  const packed = async (count: number): Promise<void> => {
    await begun();
    while (record.index().decisions.length + record.index().missing < count) await new Promise(setImmediate);
  };
  const read = (id: string): RecordedPass => {
    const bytes = record.packed(id);
    if (!bytes) throw new Error(`there is no pass ${id}`);
    return JSON.parse(gunzipSync(bytes).toString()) as RecordedPass;
  };
  return { record, begun, packed, read };
}

describe('DecisionRecord', () => {
  it('keeps a pass that changed a plan, and can decide it again from what it kept', async () => {
    const { record, packed, read } = aRecord();
    record.remember(aPass(4));
    await packed(1);
    const [entry] = record.index().decisions;
    expect(entry).to.include({ id: '1', changed: 1, asked: 1 });
    expect(entry?.deployments).to.deep.equal(['ml-prod/llama']);
    const pass = read('1');
    expect(pass.version).to.equal('1.2.3');
    expect(replayPass(pass)).to.have.length(1);
    expect(replayPass(pass)[0]).to.include({ key: 'ml-prod/llama', same: true });
  });

  it('tells of a workload that is decided otherwise', async () => {
    const { record, packed, read } = aRecord();
    record.remember(aPass(4));
    await packed(1);
    const pass = read('1');
    const member = pass.snapshot.members[0];
    if (!member) throw new Error('the fleet has no member');
    const poorer = { ...pass.snapshot, members: [{ ...member, offerings: [] }] };
    const [decision] = replayPass({ ...pass, snapshot: poorer });
    expect(decision?.same).to.equal(false);
    expect(decision?.recorded?.places).to.deep.equal([['aws-a/h100/a', 4]]);
    expect(decision?.now?.places).to.deep.equal([]);
  });

  it('passes over a pass that decides what was decided before', async () => {
    const { record, packed } = aRecord();
    record.remember(aPass(4));
    await packed(1);
    record.remember(aPass(4));
    record.remember(aPass(5));
    await packed(2);
    expect(record.index().decisions.map(({ id }) => id)).to.deep.equal(['2', '1']);
    expect(record.index().missing).to.equal(0);
  });

  it('holds nothing that people write into templates, overrides and messages', async () => {
    const { record, packed, read } = aRecord();
    const pass = aPass(2);
    const [view] = pass.snapshot.workloads;
    const [member] = pass.snapshot.members;
    const [shape] = view?.workload.shapes ?? [];
    const [offering] = member?.offerings ?? [];
    if (!view || !member || !shape || !offering) throw new Error('the fleet is not what it was');
    const env = [{ name: 'HF_TOKEN', value: CANARY }];
    const workload = {
      ...view.workload,
      template: { spec: { containers: [{ env, args: [CANARY] }] } },
      shapes: [{ ...shape, overrides: { args: [CANARY], env, image: CANARY } }],
    };
    const backoff = { until: pass.snapshot.at, reason: 'Quota', failures: 1, message: CANARY } as const;
    const members = [
      { ...member, verdict: { ...member.verdict, message: CANARY }, offerings: [{ ...offering, backoff }] },
    ];
    record.remember({ ...pass, snapshot: { ...pass.snapshot, members, workloads: [{ ...view, workload }] } });
    await packed(1);
    const kept = read('1');
    expect(JSON.stringify(kept)).not.to.include(CANARY);
    expect(replayPass(kept)[0]?.same).to.equal(true);
  });

  it('is bounded in passes, and counts those that it pushed out', async () => {
    const { record, packed } = aRecord({ passes: 3, bytes: 1e6 });
    for (let replicas = 1; replicas <= 5; replicas += 1) {
      record.remember(aPass(replicas));
      await packed(replicas);
    }
    expect(record.index().decisions.map(({ id }) => id)).to.deep.equal(['5', '4', '3']);
    expect(record.index().missing).to.equal(2);
    expect(record.packed('1')).to.equal(null);
  });

  it('is bounded in bytes', async () => {
    const { record, packed } = aRecord({ passes: 64, bytes: 2500 });
    for (let replicas = 1; replicas <= 6; replicas += 1) {
      record.remember(aPass(replicas));
      await packed(replicas);
    }
    const { decisions } = record.index();
    expect(decisions.reduce((sum, { bytes }) => sum + bytes, 0)).to.be.within(1, 2500);
    expect(decisions[0]?.id).to.equal('6');
  });

  it('leaves out passes that come while another is packed, and says how many', async () => {
    const { record, packed } = aRecord();
    record.remember(aPass(1));
    record.remember(aPass(2));
    record.remember(aPass(3));
    await packed(3);
    expect(record.index().decisions.map(({ id }) => id)).to.deep.equal(['1']);
    expect(record.index().missing).to.equal(2);
  });

  it('packs a large fleet a piece at a time', async () => {
    const { record, begun, packed } = aRecord();
    record.remember(
      aPass(
        1,
        Array.from({ length: 2000 }, (_, at) => `model-${at}`),
      ),
    );
    await begun();
    let turns = 0;
    while (record.index().decisions.length === 0) {
      await new Promise(setImmediate);
      turns += 1;
    }
    await packed(1);
    expect(turns).to.be.greaterThan(10);
    expect(record.index().decisions[0]?.deployments).to.have.length(20);
    expect(record.index().decisions[0]?.changed).to.equal(2000);
  });
});
