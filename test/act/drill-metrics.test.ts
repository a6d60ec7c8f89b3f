import { expect } from 'chai';
import { announceDrillOutcomes, tellDrills } from '../../operator/act/drill-metrics.ts';
import { instant } from '../../operator/model/units.ts';
import { createMetrics } from '../../operator/runtime/metrics.ts';
import { aDrill, aDrillState, DRILL_START, theReadings } from '../support/drill-states.ts';
import { metricValue } from '../support/kube-client-fixture.ts';

describe('the metrics of drills', () => {
  it('have every outcome from the start, so that the first one shows as an increase', async () => {
    const metrics = createMetrics();
    announceDrillOutcomes(metrics);
    expect(await metricValue(metrics, 'tradewind_drill_outcome_total{outcome="Failed"}')).to.equal(0);
  });

  it('are told from the status of drills: the last recovery of each kind, and the last success', async () => {
    const metrics = createMetrics();
    const ended = (seconds: number, outcome: 'Succeeded' | 'DryRunOnly', recovery: number) => {
      const readings = theReadings({ injectedAt: DRILL_START, recoveredAt: instant(DRILL_START + recovery * 1000) });
      const since = instant(DRILL_START + seconds * 1000);
      return aDrill({ '/spec/mode': 'Cordon' }, aDrillState({ phase: 'Completed', outcome, since, readings }));
    };
    const running = aDrill({}, aDrillState({ phase: 'Observing', readings: theReadings({ injectedAt: DRILL_START }) }));
    tellDrills(
      [ended(900, 'DryRunOnly', 5), ended(600, 'Succeeded', 120), ended(300, 'Succeeded', 240), running],
      metrics,
    );
    const recovery = 'tradewind_drill_recovery_seconds{mode="Cordon",scope="Cluster"}';
    expect(await metricValue(metrics, recovery)).to.equal(5);
    const success = await metricValue(metrics, 'tradewind_drill_last_success_timestamp_seconds');
    expect(success).to.equal(DRILL_START / 1000 + 600);
  });
});
