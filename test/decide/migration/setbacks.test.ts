import { expect } from 'chai';
import { setbacksOf, withoutReached, withSetback } from '../../../operator/decide/migration/setbacks.ts';
import { after, elapsed, hours, minutes, type Instant } from '../../../operator/model/units.ts';
import type { Setback, Workload } from '../../../operator/model/workload.ts';
import { secondsOn } from '../../support/decide-health.ts';
import { A, B, fleetOf, movingIn, on, three } from '../../support/decide-moves.ts';
import { aPlan, step } from '../../support/decide-plans.ts';
import { aTarget, aView, aWorkload, idle, NOW, type WorkloadOverrides } from '../../support/fleet-workload.ts';

const source = [aTarget('aws-a', 'h100', 'a', 3)];
const target = [aTarget('azure-b', 'h100', 'a', 3)];
const workload = aWorkload(three);

/** The memory after so many moves to azure-b in a row, each begun when the pause before was over. */
function afterFailures(
  count: number,
  given: Workload = workload,
): { readonly setbacks: readonly Setback[]; readonly now: Instant } {
  let [setbacks, now]: [readonly Setback[], Instant] = [[], NOW];
  for (let failure = 0; failure < count; failure += 1) {
    now = setbacks[0]?.until ?? now;
    const migration = movingIn('Surging', setbacks.length > 0 ? { setbacks } : {});
    setbacks = withSetback({ workload: given, migration, target, source, cause: 'it took too long', now });
  }
  return { setbacks, now };
}

/** Minutes of the pause after so many failures. */
const pauseAfter = (count: number, given?: WorkloadOverrides): number => {
  const { setbacks, now } = afterFailures(count, given ? aWorkload(given) : workload);
  return elapsed(now, setbacks[0]?.until ?? now) / minutes(1);
};

describe('withSetback', () => {
  it('leaves the offering alone for the cooldown, and twice as long each time, up to six hours', () => {
    // 20 minutes is the cooldown unless the spec says otherwise.
    expect([1, 2, 3, 4, 5, 6, 7].map((count) => pauseAfter(count))).to.deep.equal([20, 40, 80, 160, 320, 360, 360]);
    expect(pauseAfter(1, { migration: { cooldown: minutes(0) } })).to.equal(10);
    expect(pauseAfter(3, { migration: { cooldown: hours(12) } })).to.equal(12 * 60);
  });

  it('concerns what was to get more than it had, and nothing that the move set out from', () => {
    const both = [aTarget('aws-a', 'h100', 'a', 1), aTarget('azure-b', 'h100', 'a', 2)];
    const given = { workload, migration: movingIn('Surging'), target: both, source, cause: 'no', now: NOW };
    expect(withSetback(given).map((it) => it.cluster)).to.deep.equal(['azure-b']);
  });

  it('remembers each offering by itself', () => {
    const { setbacks } = afterFailures(2);
    const elsewhere = [aTarget('azure-c', 'h100', 'a', 3)];
    const migration = movingIn('Surging', { setbacks });
    const both = withSetback({ workload, migration, target: elsewhere, source, cause: 'no', now: NOW });
    expect(both.map(({ cluster, failures }) => [cluster, failures])).to.deep.equal([
      ['azure-b', 2],
      ['azure-c', 1],
    ]);
  });

  it('keeps no more than status takes, those that last longest', () => {
    const many = Array.from({ length: 40 }, (_, nth) =>
      aTarget('azure-b', `pool-${String(nth).padStart(2, '0')}`, 'a', 1),
    );
    const given = {
      workload,
      migration: movingIn('Surging', afterFailures(3)),
      target: many,
      source,
      cause: 'no',
      now: NOW,
    };
    const kept = withSetback(given);
    expect(kept).to.have.length(16);
    expect(kept.some(({ pool }) => pool === 'h100')).to.equal(true);
  });
});

describe('setbacksOf', () => {
  const { setbacks } = afterFailures(1);
  const at = (now: Instant, given: WorkloadOverrides = three) =>
    setbacksOf({ workload: aWorkload(given), migration: { ...idle, setbacks } }, now).length;

  it('are those whose time is not over', () => {
    expect([at(secondsOn(1199)), at(secondsOn(1200))]).to.deep.equal([1, 0]);
  });

  it('outlive another size, and no other change of the spec', () => {
    expect(at(NOW, { replicas: 7, minReady: 3, priority: 9 })).to.equal(1);
    const turned = { spec: { containers: [{ image: 'registry.example/vllm:1', name: 'server' }] } };
    expect(at(NOW, { ...three, template: turned }), 'in another order').to.equal(1);
    expect(at(NOW, { ...three, template: { spec: { containers: [] } } })).to.equal(0);
    expect(at(NOW, { ...three, placement: { providers: ['azure'] } })).to.equal(0);
    expect(at(NOW, { ...three, migration: { maxSurge: 2 } })).to.equal(0);
  });
});

describe('withoutReached', () => {
  it('forgives what a move has come to, and forgets what is a day old', () => {
    const { setbacks } = afterFailures(1);
    const migration = { ...idle, setbacks };
    const left = (reached: typeof target, now: Instant) =>
      withoutReached(workload, { migration, target: reached }, now);
    expect(left(target, NOW)).to.deep.equal([]);
    expect(left(source, NOW)).to.deep.equal(setbacks);
    expect(left(source, after(NOW, hours(25)))).to.deep.equal([]);
  });
});

describe('advance: a move that is given up', () => {
  const late = secondsOn(600);
  const young = { phase: 'Starting', observed: { ready: 0 } } as const;
  const old = { phase: 'Draining', observed: { ready: 3 } } as const;
  const moving = (rest: Parameters<typeof movingIn>[1] = {}) =>
    aView(
      { ...three, migration: { maxSurge: 3 } },
      [on('aws-a', 3, old), on('azure-b', 3, young)],
      movingIn('Surging', rest),
    );
  const plan = (view: ReturnType<typeof moving>) => aPlan(view.workload, { [B]: 3 }, { change: 'Rules' });

  for (const reason of ['Price', 'Rules', 'Failback'] as const) {
    it(`for ${reason} is remembered from its first step back on, and once it is over`, () => {
      const view = moving({ reason });
      const { migration, why } = step(view, plan(view), fleetOf(), late);
      expect(why).to.contain(`Leaves ${B} alone until 2026-09-01T12:30:00Z.`);
      const setback = { cluster: 'azure-b', pool: 'h100', zone: 'a', failures: 1, until: after(late, minutes(20)) };
      expect(migration.phase).to.equal('RollingBack');
      expect(migration.setbacks).to.have.length(1);
      expect(migration.setbacks?.[0]).to.deep.include({
        ...setback,
        cause: 'Surging took longer than it may: it waited for its end',
      });
      const back = aView(
        view.workload,
        [on('aws-a', 3), on('azure-b', 0, { phase: 'Releasing', observed: { present: true } })],
        migration,
      );
      const over = step(back, plan(view), fleetOf(), secondsOn(700)).migration;
      expect(over).to.deep.equal({ phase: 'Idle', lastMoveAt: secondsOn(700), setbacks: migration.setbacks });
    });
  }

  it('counts once, however often it is looked at on its way back', () => {
    const view = moving();
    const first = step(view, plan(view), fleetOf(), late).migration;
    const again = step({ ...view, migration: first }, plan(view), fleetOf(), secondsOn(605)).migration;
    expect(again.setbacks).to.deep.equal(first.setbacks);
  });

  it('is forgiven when the next one comes to its end', () => {
    const { setbacks } = afterFailures(2);
    const there = aView(three, [on('aws-a', 1, old), on('azure-b', 3)], movingIn('Draining', { setbacks }));
    const { migration } = step(there, plan(there), fleetOf());
    expect(migration).to.deep.equal({ phase: 'Idle', lastMoveAt: NOW });
  });

  it('is looked at again when its time has come, though nothing changes', () => {
    const { setbacks } = afterFailures(1);
    const view = aView(three, [on('aws-a', 3)], { ...idle, setbacks });
    const { wakeAt, migration } = step(view, aPlan(view.workload, { [A]: 3 }), fleetOf());
    expect(wakeAt).to.equal(after(NOW, minutes(20)));
    expect(
      step({ ...view, migration }, aPlan(view.workload, { [A]: 3 }), fleetOf(), after(NOW, minutes(20))).wakeAt,
    ).to.equal(null);
  });

  it('is still remembered after moves that have to be made', () => {
    const { setbacks } = afterFailures(2);
    const view = aView(three, [on('aws-a', 1, { phase: 'Starting', observed: { ready: 0 } })], { ...idle, setbacks });
    const { migration } = step(view, aPlan(view.workload, { [A]: 3 }), fleetOf());
    expect(migration).to.deep.include({ phase: 'Surging', setbacks });
  });
});
