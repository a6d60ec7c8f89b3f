/** Which events reach the API server, and in what form. */
import { expect } from 'chai';
import { EVENTS } from '../../operator/kube/builtin-resources.ts';
import type { KubeEvent } from '../../operator/kube/event-recorder.ts';
import { EventWriter } from '../../operator/kube/event-recorder.ts';
import { RetryableError, TerminalError } from '../../operator/model/errors.ts';
import { millis, minutes, seconds } from '../../operator/model/units.ts';
import { createMetrics } from '../../operator/runtime/metrics.ts';
import { metricValue } from '../support/kube-client-fixture.ts';
import { recordedLog } from '../support/kube-log.ts';
import { MemoryKube } from '../support/kube-memory-client.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

const anEvent = (overrides: Partial<KubeEvent> = {}): KubeEvent => ({
  regarding: {
    apiVersion: 'tradewind.dev/v1alpha1',
    kind: 'InferenceDeployment',
    namespace: 'ml',
    name: 'llama',
    uid: 'u1',
  },
  type: 'Normal',
  reason: 'Placed',
  action: 'Placing',
  note: '2 replicas on aws-a/spot',
  ...overrides,
});

function startWriter(kube = new MemoryKube()) {
  const clock = new SteppedClock();
  const metrics = createMetrics();
  const stop = new AbortController();
  const writer = new EventWriter({
    client: kube,
    clock,
    log: recordedLog(),
    metrics,
    reportingController: 'tradewind.dev/operator',
    reportingInstance: 'tradewind-0',
  });
  const running = writer.run(stop.signal);
  const end = async (): Promise<void> => {
    stop.abort(new Error('the test is over'));
    await running;
  };
  const dropped = (reason: string): Promise<number | null> =>
    metricValue(metrics, `tradewind_events_dropped_total{reason="${reason}"}`);
  /** Until what was emitted is written. */
  const told = (): Promise<void> => clock.advance(millis(250));
  return { kube, clock, writer, end, dropped, told };
}

describe('EventWriter', () => {
  it('writes an event as events.k8s.io wants it', async () => {
    const { kube, writer, end, told } = startWriter();
    writer.emit(anEvent());
    await told();
    const [event] = kube.all(EVENTS);
    expect(event?.metadata).to.include({ namespace: 'ml' });
    expect(event?.metadata.name).to.match(/^llama\.[0-9a-f]+$/u);
    expect(event).to.deep.include({
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'tradewind.dev/operator',
      reportingInstance: 'tradewind-0',
      regarding: anEvent().regarding,
      type: 'Normal',
      reason: 'Placed',
      action: 'Placing',
      note: '2 replicas on aws-a/spot',
    });
    await end();
  });

  it('lets the work that an event tells of go first', async () => {
    const { kube, clock, writer, end } = startWriter();
    writer.emit(anEvent());
    await clock.advance(millis(200));
    expect(kube.all(EVENTS)).to.have.lengthOf(0);
    await clock.advance(millis(100));
    expect(kube.all(EVENTS)).to.have.lengthOf(1);
    await end();
  });

  it('puts events of cluster-scoped objects where kubectl looks for them, and cuts long notes', async () => {
    const { kube, writer, end, told } = startWriter();
    const regarding = { apiVersion: 'tradewind.dev/v1alpha1', kind: 'MemberCluster', name: 'aws-a', uid: 'm1' };
    writer.emit(anEvent({ regarding, note: 'x'.repeat(2_000) }));
    await told();
    expect(kube.all(EVENTS)[0]?.metadata.namespace).to.equal('default');
    expect(kube.all(EVENTS)[0]?.['note']).to.have.lengthOf(1_024);
    writer.emit(anEvent({ regarding, note: `x${'€'.repeat(2_000)}` }));
    await told();
    expect(kube.all(EVENTS)[1]?.['note']).to.equal(`x${'€'.repeat(341)}`);
    await end();
  });

  it('makes one event with a count of many equal ones, and writes it now and then', async () => {
    const { kube, clock, writer, end } = startWriter();
    for (let second = 0; second < 120; second += 1) {
      writer.emit(anEvent());
      await clock.advance(seconds(1));
    }
    expect(kube.all(EVENTS)).to.have.lengthOf(1);
    const series = kube.all(EVENTS)[0]?.['series'] as { count: number; lastObservedTime: string };
    expect(series.count).to.be.within(60, 120);
    expect(kube.calls.length).to.be.below(6);
    await end();
  });

  it('writes the second of a series at once, and those that come before the first is written with it', async () => {
    const { kube, writer, end, told } = startWriter();
    writer.emit(anEvent());
    writer.emit(anEvent());
    await told();
    expect(kube.calls).to.deep.equal(['create events.events.k8s.io']);
    expect(kube.all(EVENTS)[0]?.['series']).to.include({ count: 2 });
    writer.emit(anEvent({ note: 'another' }));
    await told();
    writer.emit(anEvent({ note: 'another' }));
    await told();
    expect(kube.all(EVENTS)[1]?.['series']).to.include({ count: 2 });
    await end();
  });

  it('begins a new event after a pause', async () => {
    const { kube, clock, writer, end, told } = startWriter();
    writer.emit(anEvent());
    await clock.advance(minutes(7));
    writer.emit(anEvent());
    await told();
    expect(kube.all(EVENTS)).to.have.lengthOf(2);
    await end();
  });

  it('lets one object have its say, and no more, and others theirs', async () => {
    const { kube, clock, writer, end, dropped, told } = startWriter();
    for (let count = 0; count < 30; count += 1) writer.emit(anEvent({ note: `note ${count}` }));
    writer.emit(anEvent({ regarding: { ...anEvent().regarding, uid: 'u2' } }));
    await told();
    expect(kube.all(EVENTS)).to.have.lengthOf(11);
    expect(await dropped('rate_limit')).to.equal(20);
    await clock.advance(seconds(30));
    writer.emit(anEvent({ note: 'later' }));
    await told();
    expect(kube.all(EVENTS)).to.have.lengthOf(12);
    await end();
  });

  it('tries again when the server is away for a moment, and gives up when it stays away', async () => {
    const { kube, clock, writer, end, dropped, told } = startWriter();
    kube.fault = () => new RetryableError('away', { code: 'Unreachable' });
    writer.emit(anEvent());
    await clock.advance(seconds(2));
    kube.fault = () => null;
    await clock.advance(seconds(2));
    expect(kube.all(EVENTS)).to.have.lengthOf(1);
    kube.fault = () => new TerminalError('may not', { code: 'Forbidden' });
    writer.emit(anEvent({ note: 'another' }));
    await told();
    expect(await dropped('write_failed')).to.equal(1);
    await end();
  });

  it('never makes the one who emits wait, and drops what cannot be held', async () => {
    const { kube, clock, writer, end, dropped } = startWriter();
    kube.fault = () => 'hang';
    for (let count = 0; count < 1_100; count += 1) {
      writer.emit(anEvent({ regarding: { ...anEvent().regarding, uid: `u${count}` } }));
    }
    await clock.advance(seconds(1));
    expect(await dropped('queue_full')).to.be.within(99, 100);
    await end();
  });
});
