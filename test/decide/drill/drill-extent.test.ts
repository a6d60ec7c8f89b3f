import { expect } from 'chai';
import { assert, integer, property, uniqueArray, string } from 'fast-check';
import { countProbes } from '../../../operator/decide/drill/measure.ts';
import { chosenBy } from '../../../operator/decide/drill/chosen-by.ts';
import { refusedOfferings } from '../../../operator/decide/drill/refused-offerings.ts';
import { targetsOf } from '../../../operator/decide/drill/targets-of.ts';
import { clusterName } from '../../../operator/model/names.ts';
import type { FleetSnapshot } from '../../../operator/model/fleet.ts';
import { after, fraction, millis, seconds } from '../../../operator/model/units.ts';
import type { Changes } from '../../support/api-objects.ts';
import { aDrill } from '../../support/drill-states.ts';
import { A_LOST, aDrillFleet, ALLOWED, DrillRun, ON_A } from '../../support/drill-runs.ts';

const REFUSING = { '/spec/failure': { scope: 'Cluster', clusters: ['aws-a'], capacityErrorPercent: 50 } };

describe('chosenBy', () => {
  it('chooses as many as asked, from those named, whatever their order', () => {
    assert(
      property(uniqueArray(string(), { maxLength: 30 }), integer({ min: 0, max: 40 }), (names, count) => {
        const chosen = chosenBy('a', names, count);
        expect(chosen).to.have.length(Math.min(count, names.length));
        expect(names).to.include.members([...chosen]);
        expect(chosenBy('a', names.toReversed(), count)).to.have.members([...chosen]);
      }),
    );
  });

  it('hits others with each drill of a schedule', () => {
    const names = ['a', 'b', 'c', 'd'];
    const hits = Array.from({ length: 400 }, (_, run) => chosenBy(`weekly-${29_660_520 + run * 10_080}`, names, 1)[0]);
    for (const name of names) expect(hits.filter((it) => it === name).length, name).to.be.within(60, 140);
  });
});

describe('a drill that fails some of the members that match', () => {
  const found = (selection: object, name = 'lose-use1') => {
    const failure = { scope: 'Cluster', clusters: ['aws-a', 'azure-b', 'azure-c'], selection };
    return targetsOf(aDrill({ '/metadata/name': name, '/spec/failure': failure }), aDrillFleet()).clusters;
  };

  it('takes as many as it says: all, a number, or a share rounded up', () => {
    expect(found({ mode: 'All' })).to.deep.equal(['aws-a', 'azure-b', 'azure-c']);
    expect(found({ mode: 'Count', value: 2 })).to.have.length(2);
    expect(found({ mode: 'Count', value: 9 })).to.have.length(3);
    expect(found({ mode: 'Percent', value: 1 })).to.have.length(1);
    expect(found({ mode: 'Percent', value: 34 })).to.have.length(2);
    expect(found({ mode: 'Percent', value: 100 })).to.have.length(3);
  });

  it('takes the same ones whenever it is asked, and others under another name', () => {
    const one = { mode: 'Count', value: 1 };
    expect(found(one)).to.deep.equal(found(one));
    const names = Array.from({ length: 20 }, (_, run) => found(one, `weekly-${run}`)[0]);
    expect(new Set(names).size).to.equal(3);
  });
});

describe('refusedOfferings', () => {
  const fleet = aDrillFleet();
  const refused = (share: number) =>
    refusedOfferings({ name: 'a', spec: { capacityErrors: fraction(share) } }, [clusterName('aws-a')], fleet);
  const survivors = fleet.members.filter(({ name }) => name !== 'aws-a').flatMap((it) => it.offerings);

  it('are none by default, a share rounded up that leaves one, and all at 100', () => {
    expect(refused(0)).to.deep.equal([]);
    expect(refused(0.01)).to.have.length(1);
    expect(refused(0.99)).to.have.length(survivors.length - 1);
    expect(refused(1)).to.have.members(survivors.map(({ id }) => id));
  });

  it('refuse capacity under the drill, are on record, and are reckoned with before it begins', () => {
    const run = new DrillRun(REFUSING).until('Announced');
    expect(run.state.refused).to.have.length(1);
    const [place] = run.state.prediction?.moves ?? [];
    expect(run.state.refused?.join()).not.to.contain(place?.to ?? 'nowhere');
    const all = { '/spec/failure': { scope: 'Cluster', clusters: ['aws-a'], capacityErrorPercent: 100 } };
    const { outcome, message } = new DrillRun(all).until('Completed').state;
    expect(outcome).to.equal('CapacityCheckFailed');
    expect(message).to.match(/find room elsewhere while \d+ offerings refuse capacity; add capacity/);
  });

  it('stay the same when the operator starts anew', () => {
    const run = new DrillRun(REFUSING).until('Observing', 60);
    const before = run.state.refused;
    run.drill = { ...run.drill, name: 'renamed' };
    run.pass(5);
    expect(run.state.refused).to.deep.equal(before);
  });
});

describe('a drill that is suspended', () => {
  const suspended = (changes: Changes = {}) => {
    const run = new DrillRun({ ...A_LOST, ...changes });
    run.drill = { ...run.drill, suspended: true };
    return run;
  };

  it('waits, a dry run too, and begins when it is let', () => {
    for (const mode of ['DryRun', 'SignalOverride']) {
      const run = suspended({ '/spec/mode': mode }).pass(60);
      expect(run.phases).to.deep.equal(['Pending']);
      expect(run.state.message).to.contain('set spec.suspend to false');
      run.drill = { ...run.drill, suspended: false };
      run.until(mode === 'DryRun' ? 'Completed' : 'Observing', 60);
    }
  });

  it('in its last moment before it begins goes back to waiting', () => {
    const run = new DrillRun(A_LOST).until('Announced');
    run.drill = { ...run.drill, suspended: true };
    expect(run.pass(30).phase).to.equal('Pending');
    expect(run.inForce).to.equal(false);
  });

  it('is not lifted by it once it is in force, and may be stopped', () => {
    const run = new DrillRun(A_LOST).until('Observing', 60);
    run.drill = { ...run.drill, suspended: true };
    expect(run.pass(10).inForce).to.equal(true);
    const waiting = suspended().pass(5);
    waiting.drill = { ...waiting.drill, abortRequested: true };
    expect(waiting.until('Completed').state.outcome).to.equal('Aborted');
  });
});

describe('the objectives of a drill', () => {
  it('are on record with what was seen once it is over, and not before', () => {
    const run = new DrillRun({ '/spec/objectives': { recovery: '10m', lostRequests: 0 } }).until('Observing', 60);
    expect(run.state.verdicts).to.equal(undefined);
    run.replace('Serving').until('Completed');
    expect(run.state.verdicts?.map(({ objective, met }) => `${objective} ${met}`)).to.deep.equal([
      'recovery true',
      'lostRequests null',
    ]);
    const refused = new DrillRun({ '/spec/failure': { scope: 'Cluster', clusters: ['nix'] } }).until('Completed');
    expect(refused.state.verdicts).to.equal(undefined);
  });
});

describe('a probe that may be broken for a while', () => {
  const steadyState = [{ name: 'gateway', for: '20s', http: { url: 'https://gateway.example.com/' } }];
  const watched = () => new DrillRun({ '/spec/steadyState': steadyState }).until('Observing', 60);

  it('does not stop a failure in force by a dip that is shorter, however often', () => {
    const run = watched();
    for (let dip = 0; dip < 5; dip += 1) {
      run.answer = () => 'Broken';
      run.pass(14);
      expect(run.state.probes[0]?.brokenSince).not.to.equal(undefined);
      run.answer = () => 'Held';
      run.pass(6);
      expect(run.state.probes[0]?.brokenSince).to.equal(undefined);
    }
    expect(run.inForce).to.equal(true);
    expect(run.state.readings?.probesBroken).to.be.greaterThan(9);
  });

  it('stops it when it lasts, broken and silent by turns, and counts from the beginning', () => {
    const run = watched();
    let asked = 0;
    run.answer = () => (asked++ % 2 === 0 ? 'Broken' : 'Unknown');
    run.pass(16);
    expect(run.inForce).to.equal(true);
    run.pass(12);
    expect(run.inForce).to.equal(false);
    expect(run.state.stoppedAs).to.equal('Aborted');
  });

  it('has to hold before and after all the same', () => {
    const run = new DrillRun({ '/spec/steadyState': steadyState });
    run.answer = () => 'Broken';
    expect(run.until('Completed').state.outcome).to.equal('PreflightFailed');
  });
});

describe('what a drill measures beside its times', () => {
  it('sums what was short over time, each deployment by itself, until all is restored', () => {
    const run = new DrillRun({ '/spec/duration': '1m' }).until('Observing', 60);
    expect(run.state.readings?.shortfall).to.include({ unitSeconds: 0, units: 0 });
    // One of two units is gone for ten seconds, and both of them for five.
    run.fleet = aDrillFleet({ holdings: [{ ...ON_A, observed: { ready: 1 } }] });
    run.pass(10);
    run.fleet = aDrillFleet({ holdings: [{ ...ON_A, observed: { ready: 0 } }] });
    run.pass(5);
    run.fleet = aDrillFleet({ holdings: [{ ...ON_A, observed: { ready: 2 } }] });
    run.pass(1);
    const { shortfall } = run.state.readings ?? {};
    // The change is seen at the first look after it: 9 to 11 seconds of 1, 4 to 6 of 2.
    expect(shortfall?.unitSeconds).to.be.within(17, 23);
    expect(shortfall?.units).to.equal(0);
    const before = shortfall?.unitSeconds;
    run.until('Completed');
    expect(run.state.readings?.shortfall?.unitSeconds).to.equal(before);
  });

  it('writes next to nothing while what is short does not change', () => {
    const run = new DrillRun().until('Observing', 60);
    run.fleet = aDrillFleet({ holdings: [{ ...ON_A, observed: { ready: 1 } }] });
    run.pass(1);
    const kept = () => ({ ...(run.state.readings?.shortfall ?? expect.fail()), seenAt: 0 });
    const [before, writes] = [kept(), new Set<number>()];
    for (let second = 0; second < 60; second += 1) {
      run.pass(1);
      expect(kept()).to.deep.equal(before);
      writes.add(run.state.readings?.shortfall?.seenAt ?? 0);
    }
    expect(writes.size).to.be.within(6, 7);
  });

  it('does not say what was short when that changed while no operator looked', () => {
    const broken = aDrillFleet({ holdings: [{ ...ON_A, observed: { ready: 1 } }] });
    const away = (duration: number, fleet: FleetSnapshot) => {
      const run = new DrillRun().until('Observing', 60);
      run.fleet = fleet;
      run.now = after(run.now, seconds(duration));
      return run.look().state.readings;
    };
    expect(away(12, broken)?.shortfall?.units, 'a short look away').to.equal(1000);
    expect(away(40, broken)).not.to.have.property('shortfall');
    expect(away(40, aDrillFleet())?.shortfall?.units, 'nothing has changed').to.equal(0);
  });

  it('keeps the fullest moment of the survivors', () => {
    const full = { 'azure-b': { offerings: [{ freeByNode: [0] }] } };
    const run = new DrillRun().until('Observing', 60);
    const before = run.state.readings?.survivorsPeak ?? 1;
    run.fleet = aDrillFleet({ members: full });
    run.pass(2);
    const peak = run.state.readings?.survivorsPeak ?? 0;
    expect(peak).to.be.greaterThan(before);
    run.fleet = aDrillFleet();
    expect(run.pass(2).state.readings?.survivorsPeak).to.equal(peak);
  });

  it('keeps the slowest answer of the http probes, and no other', () => {
    const probes = [
      { name: 'gateway', http: { url: 'https://gateway.example.com/' } },
      { name: 'errors', prometheus: { url: 'http://p:9090', query: 'up', comparator: '>=', value: '1' } },
    ];
    const run = new DrillRun({ '/spec/steadyState': probes }).until('Observing', 60);
    const counted = (...answers: readonly (readonly [probe: string, took?: number])[]) =>
      countProbes(
        run.state.readings ?? expect.fail(),
        run.drill,
        answers.map(([probe, took]) => ({
          probe,
          at: run.now,
          result: 'Held',
          detail: '',
          ...(took === undefined ? {} : { took: millis(took) }),
        })),
      ).slowestAnswer;
    expect(counted(['gateway', 120], ['gateway', 1250.4], ['gateway'], ['errors', 9000])).to.equal(1250);
    expect(counted(['gateway'])).to.equal(undefined);
  });

  it('counts what is left over at the end', () => {
    const run = new DrillRun({ '/spec/duration': '30s' }).until('Verifying', 120);
    const leaving = { cluster: 'azure-b', replicas: 1, phase: 'Draining', observed: { ready: 1 } } as const;
    run.fleet = aDrillFleet({ workload: { labels: ALLOWED }, holdings: [ON_A, leaving] });
    run.pass(2);
    expect(run.state.readings?.leftOver).to.equal(1);
    run.fleet = aDrillFleet();
    expect(run.until('Completed').state.readings?.leftOver).to.equal(0);
  });
});
