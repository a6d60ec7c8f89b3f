/** The metrics, and that the table in the folder's README is the one in the code. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { METRIC_DEFINITIONS } from '../../operator/runtime/metric-definitions.ts';
import { createMetrics } from '../../operator/runtime/metrics.ts';

describe('createMetrics', () => {
  it('renders counters, gauges and histograms in the text format', async () => {
    const metrics = createMetrics();
    metrics.moves.inc({ reason: 'Price', result: 'Done' });
    metrics.moves.inc({ reason: 'Price', result: 'Done' }, 2);
    metrics.memberVerdict.set({ cluster: 'aws-a', verdict: 'Down' }, 1);
    metrics.decisionDuration.observe({}, 0.02);
    const { text, contentType } = await metrics.render();
    expect(contentType).to.match(/^text\/plain/u);
    expect(text).to.contain('tradewind_moves_total{reason="Price",result="Done"} 3\n');
    expect(text).to.contain('tradewind_member_verdict{cluster="aws-a",verdict="Down"} 1\n');
    expect(text).to.contain('tradewind_decision_duration_seconds_bucket{le="0.025"} 1\n');
  });

  it('forgets series of what is gone', async () => {
    const metrics = createMetrics();
    const { acceleratorsFree } = metrics;
    acceleratorsFree.set({ cluster: 'a', accelerator: 'H100' }, 4);
    acceleratorsFree.set({ cluster: 'b', accelerator: 'H100' }, 8);
    acceleratorsFree.remove({ cluster: 'a', accelerator: 'H100' });
    expect((await metrics.render()).text)
      .to.contain('{cluster="b"')
      .and.not.contain('{cluster="a"');
    acceleratorsFree.reset();
    expect((await metrics.render()).text).not.to.contain('{cluster="b"');
  });

  it('keeps the metrics of two processes apart', async () => {
    const [one, two] = [createMetrics(), createMetrics()];
    one.leaderStatus.set({ name: 'x' }, 1);
    expect((await two.render()).text).not.to.contain('leader_election_master_status{');
  });

  it("adds the process's own when asked to", async () => {
    const { text } = await createMetrics({ processMetrics: true }).render();
    expect(text).to.contain('process_resident_memory_bytes');
    expect((await createMetrics().render()).text).not.to.contain('process_resident_memory_bytes');
  });
});

describe('METRIC_DEFINITIONS', () => {
  it('is the table in the README', () => {
    const readme = readFileSync(new URL('../../operator/runtime/README.md', import.meta.url), 'utf8');
    const rows = readme.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).to.deep.equal(
      Object.values(METRIC_DEFINITIONS).map(
        ({ name, kind, labels, help }) => `| \`${name}\` | ${kind} | ${labels.join(', ')} | ${help} |`,
      ),
    );
  });

  it("has names as Prometheus' conventions want them", () => {
    for (const { name, kind, help } of Object.values(METRIC_DEFINITIONS)) {
      expect(name).to.match(/^[a-z][a-z_]*$/u);
      expect(help).to.match(/\.$/u);
      if (kind === 'counter') expect(name).to.match(/_total$/u);
      if (kind === 'histogram') expect(name).to.match(/_seconds$/u);
    }
  });
});
