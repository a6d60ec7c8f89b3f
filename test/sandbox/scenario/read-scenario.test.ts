import { expect } from 'chai';
import { instant, seconds } from '../../../operator/model/units.ts';
import { builtInScenarios, loadScenario, readScenario } from '../../../operator/sandbox/scenario/read-scenario.ts';
import type { Scenario, ScenarioEvent } from '../../../operator/sandbox/scenario/scenario.ts';
import { ScenarioError } from '../../../operator/sandbox/scenario/scenario-error.ts';
import { parseDuration } from '../../../operator/sandbox/scenario/field-reader.ts';
import { DEFAULT_TIMINGS } from '../../../operator/sandbox/world/timings.ts';
import { scenarioText } from '../../support/world-scenarios.ts';

type Overrides = Parameters<typeof scenarioText>[0];

const read = (overrides: Overrides = {}): Scenario => readScenario(scenarioText(overrides), 'test.yaml');

function issuesOf(overrides: Overrides): readonly string[] {
  try {
    read(overrides);
  } catch (error) {
    if (error instanceof ScenarioError) return error.issues;
    throw error;
  }
  return [];
}

const eventOf = (fields: object): ScenarioEvent | undefined =>
  read({ top: { timeline: [{ at: '10s', ...fields }] } }).timeline[0]?.event;
const eventIssues = (fields: object): readonly string[] => issuesOf({ top: { timeline: [{ at: '10s', ...fields }] } });

describe('parseDuration', () => {
  for (const [text, expected] of [
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['1.5s', 1500],
    [0, 0],
    ['90', null],
    [90, null],
    ['-1s', null],
    ['', null],
  ] as const) {
    it(`reads ${JSON.stringify(text)} as ${expected}`, () => {
      expect(parseDuration(text)).to.equal(expected);
    });
  }
});

describe('readScenario', () => {
  it('fills in what is left out', () => {
    const scenario = read();
    expect(scenario).to.deep.include({ name: 'test.yaml', seed: 3, epoch: null, speed: 1, scaleIn: 'as-cloud' });
    expect(scenario.timings).to.deep.equal(DEFAULT_TIMINGS);
    expect(scenario.clusters[0]).to.include({ kubernetesVersion: '1.34', resourceGroup: 'inference' });
    expect(scenario.clusters[0]?.pools[0]).to.include({ autoscaled: false, manageSize: true, desiredNodes: 1 });
  });

  it('reads times, timings and prices', () => {
    const top = {
      epoch: '2026-01-05T09:00:00Z',
      speed: 20,
      timings: { imagePull: '7s', heartbeat: '10s' },
      prices: [{ cluster: 'aws-east', pool: 'spot', zone: 'us-east-1b', usdPerHour: 12.5 }],
    };
    const scenario = read({ top });
    expect(scenario.epoch).to.equal(instant(Date.UTC(2026, 0, 5, 9)));
    expect(scenario.timings).to.include({ imagePull: 7000, heartbeat: 10_000, modelLoad: DEFAULT_TIMINGS.modelLoad });
    expect(scenario.prices).to.deep.equal([
      { cluster: 'aws-east', pool: 'spot', zone: 'us-east-1b', usdPerHour: 12.5 },
    ]);
  });

  it('puts the timeline in order of time', () => {
    const heal = { action: 'heal' };
    const { timeline } = read({
      top: {
        timeline: [
          { at: '2m', ...heal },
          { at: '5s', ...heal },
        ],
      },
    });
    expect(timeline.map((entry) => entry.at)).to.deep.equal([5000, 120_000]);
  });

  it('keeps steps and manifests as they are told', () => {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ml', labels: { a: 'b' } } };
    const steps = [{ name: 'heal-all', title: 'All is well.', events: [{ action: 'heal' }] }];
    const scenario = read({ top: { steps, objects: [object] } });
    expect(scenario.objects).to.deep.equal([object]);
    expect(scenario.steps[0]?.events).to.deep.equal([{ action: 'heal', cluster: null, service: null }]);
  });

  it('tells every mistake at once, each with its field', () => {
    const issues = issuesOf({
      top: { speed: 0, seed: 'seven', colour: 'blue', timings: { drain: '5', jitter: 2 } },
      eksPool: { instanceType: 'p9.48xlarge', zones: ['us-west-2a'], max: 0, capacityByZone: { 'eu-1a': 1 } },
      aksPool: { name: 'Spot-Pool', capacityType: 'free', taints: [{ key: 'sku', effect: 'No' }] },
    });
    expect(issues).to.have.members([
      'timings.drain: must be a duration such as 90s or 1h30m, not "5"',
      'timings.jitter: must be below 1, not 2',
      'clusters[0].pools[0].zones[0]: "us-west-2a" is not a zone of us-east-1; an example is us-east-1a',
      'clusters[0].pools[0].desired: must be between 0 and 0',
      "clusters[0].pools[0].capacityByZone.eu-1a: is not one of the pool's zones",
      'clusters[0].pools[0].instanceType: "p9.48xlarge" is not a type of aws in data/gpu-skus.json',
      'clusters[1].pools[0].name: "Spot-Pool" must match /^[a-z][a-z0-9]{0,11}$/',
      'clusters[1].pools[0].capacityType: must be one of spot, on-demand, not "free"',
      'clusters[1].pools[0].taints[0].effect: must be one of NoSchedule, NoExecute, PreferNoSchedule, not "No"',
      'seed: must be a whole number, not "seven"',
      'speed: must be at least 0.01, not 0',
      'colour: unknown field; known are clusters, description, epoch, name, objects, prices, scaleIn, seed, speed, steps, timeline, timings',
    ]);
  });

  for (const [what, overrides, issue] of [
    ['no clusters', { top: { clusters: [] } }, 'clusters: needs at least one cluster'],
    ['clusters that are no list', { top: { clusters: 'two' } }, 'clusters: must be a list'],
    ['a cluster named hub', { eks: { name: 'hub' } }, 'clusters[0].name: the name "hub" is taken by the hub'],
    ['two clusters of one name', { eks: { name: 'azure-east' } }, 'clusters: "azure-east" is there twice'],
    ['a pool that is no mapping', { eks: { pools: ['spot'] } }, 'clusters[0].pools[0]: must be a mapping'],
    ['a missing field', { eksPool: { max: undefined } }, 'clusters[0].pools[0].max: is required'],
    [
      'a flag that is none',
      { eksPool: { autoscaled: 'yes' } },
      'clusters[0].pools[0].autoscaled: must be true or false, not "yes"',
    ],
    ['no zones', { eksPool: { zones: [] } }, 'clusters[0].pools[0].zones: needs at least one zone'],
    ['a zone that is no text', { eksPool: { zones: [1] } }, 'clusters[0].pools[0].zones[0]: must be text, not 1'],
    [
      'labels that are no text',
      { eksPool: { labels: { a: 1 } } },
      'clusters[0].pools[0].labels.a: must be a string, not 1',
    ],
    [
      'an autoscaled pool to be sized',
      { eksPool: { autoscaled: true, manageSize: true } },
      'clusters[0].pools[0].manageSize: an autoscaled pool has its size set by the autoscaler',
    ],
    [
      'shares of accelerators',
      { aksPool: { instanceType: 'Standard_NV6ads_A10_v5' } },
      'clusters[1].pools[0].instanceType: Standard_NV6ads_A10_v5 has no whole accelerator',
    ],
    [
      "another cloud's type",
      { aksPool: { instanceType: 'p5.48xlarge' } },
      'clusters[1].pools[0].instanceType: "p5.48xlarge" is not a type of azure in data/gpu-skus.json',
    ],
    [
      'an epoch that is no time',
      { top: { epoch: 'yesterday' } },
      'epoch: must be a time such as 2026-01-05T09:00:00Z, not "yesterday"',
    ],
    [
      'steps of one name',
      {
        top: {
          steps: [
            { name: 'a', title: 'A', events: [] },
            { name: 'a', title: 'A', events: [] },
          ],
        },
      },
      'steps: "a" is there twice',
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(issuesOf(overrides)).to.include(issue);
    });
  }

  it('refuses what is no YAML, and what is no mapping', () => {
    expect(() => readScenario('a: [', 'x')).to.throw(ScenarioError, /x is not a valid scenario:\n {2}not YAML/);
    expect(() => readScenario('[]', 'x')).to.throw(ScenarioError, /the scenario: must be a mapping/);
  });
});

describe('readEvent', () => {
  for (const [fields, expected] of [
    [
      { action: 'price', cluster: 'azure-east', pool: 'spot', usdPerHour: 3 },
      { action: 'price', cluster: 'azure-east', pool: 'spot', zone: '', usdPerHour: 3 },
    ],
    [
      { action: 'capacity', cluster: 'aws-east', pool: 'spot', nodes: 'unlimited' },
      { action: 'capacity', cluster: 'aws-east', pool: 'spot', zone: null, nodes: null, as: 'capacity' },
    ],
    [
      { action: 'capacity', cluster: 'aws-east', pool: 'spot', zone: 'us-east-1a', nodes: 0, as: 'quota' },
      { action: 'capacity', cluster: 'aws-east', pool: 'spot', zone: 'us-east-1a', nodes: 0, as: 'quota' },
    ],
    [
      { action: 'reclaim', cluster: 'aws-east' },
      { action: 'reclaim', cluster: 'aws-east', machines: {}, notice: DEFAULT_TIMINGS.awsNotice },
    ],
    [
      { action: 'reclaim', cluster: 'azure-east', pool: 'spot', nodes: '50%' },
      {
        action: 'reclaim',
        cluster: 'azure-east',
        machines: { pool: 'spot', nodes: { share: 0.5 } },
        notice: DEFAULT_TIMINGS.azureNotice,
      },
    ],
    [
      { action: 'reclaim', cluster: 'aws-east', pool: 'spot', zone: 'us-east-1b', nodes: 2, notice: '10s' },
      {
        action: 'reclaim',
        cluster: 'aws-east',
        machines: { pool: 'spot', zone: 'us-east-1b', nodes: { count: 2 } },
        notice: seconds(10),
      },
    ],
    [
      { action: 'kill-nodes', cluster: 'aws-east', nodes: 1 },
      { action: 'kill-nodes', cluster: 'aws-east', machines: { nodes: { count: 1 } } },
    ],
    [
      { action: 'accelerators', cluster: 'aws-east', pool: 'spot', nodes: 1, healthy: 6 },
      { action: 'accelerators', cluster: 'aws-east', machines: { pool: 'spot', nodes: { count: 1 } }, healthy: 6 },
    ],
    [
      { action: 'accelerators', cluster: 'aws-east', healthy: 'all' },
      { action: 'accelerators', cluster: 'aws-east', machines: {}, healthy: null },
    ],
    [
      { action: 'stuck-pods', cluster: 'aws-east', pool: 'spot' },
      { action: 'stuck-pods', cluster: 'aws-east', pool: 'spot', stuck: true },
    ],
    [
      { action: 'resize', cluster: 'aws-east', pool: 'spot', nodes: 3 },
      { action: 'resize', cluster: 'aws-east', pool: 'spot', nodes: 3 },
    ],
    [
      { action: 'control-plane', cluster: 'aws-east', state: 'failed' },
      { action: 'control-plane', cluster: 'aws-east', state: 'failed' },
    ],
    [
      { action: 'api', cluster: 'hub', fault: 'latency', delay: '3s' },
      { action: 'api', cluster: 'hub', fault: { kind: 'latency', ms: 3000 } },
    ],
    [
      { action: 'api', cluster: 'aws-east', fault: 'error', status: 503, share: 0.5 },
      { action: 'api', cluster: 'aws-east', fault: { kind: 'error', status: 503, share: 0.5 } },
    ],
    [
      { action: 'api', cluster: 'aws-east', fault: 'drop-watches' },
      { action: 'api', cluster: 'aws-east', fault: { kind: 'drop-watches' } },
    ],
    [
      { action: 'api', cluster: 'aws-east', fault: 'error', status: 429, retryAfterSeconds: 3 },
      { action: 'api', cluster: 'aws-east', fault: { kind: 'error', status: 429, share: 1, retryAfterSeconds: 3 } },
    ],
    [
      { action: 'api', cluster: 'aws-east', fault: 'forbidden', resources: ['pods'] },
      { action: 'api', cluster: 'aws-east', fault: { kind: 'forbidden', resources: ['pods'] } },
    ],
    [
      { action: 'cloud', service: 'ec2', fault: 'throttle' },
      { action: 'cloud', service: 'ec2', fault: { kind: 'throttle', retryAfterSeconds: 5 } },
    ],
    [
      { action: 'cloud', service: 'retail', fault: 'bad-prices', value: 'NaN' },
      { action: 'cloud', service: 'retail', fault: { kind: 'bad-prices', value: 'NaN' } },
    ],
    [
      { action: 'cloud', service: 'arm', fault: 'error' },
      { action: 'cloud', service: 'arm', fault: { kind: 'error', status: 500 } },
    ],
    [
      { action: 'cloud', service: 'sts', fault: 'hang' },
      { action: 'cloud', service: 'sts', fault: { kind: 'hang' } },
    ],
    [
      { action: 'heal', cluster: 'aws-east' },
      { action: 'heal', cluster: 'aws-east', service: null },
    ],
    [
      { action: 'heal', service: 'eks' },
      { action: 'heal', cluster: null, service: 'eks' },
    ],
  ] as const) {
    it(`reads ${JSON.stringify(fields)}`, () => {
      expect(eventOf(fields)).to.deep.equal(expected);
    });
  }

  it('reads a reclaim without a word', () => {
    expect(eventOf({ action: 'reclaim', cluster: 'aws-east', notice: false })).to.deep.include({ notice: null });
  });

  for (const [fields, issue] of [
    [
      { action: 'explode' },
      'timeline[0].action: must be one of price, capacity, reclaim, kill-nodes, accelerators, stuck-pods, resize, control-plane, api, cloud, heal, not "explode"',
    ],
    [
      { action: 'kill-nodes', cluster: 'gcp' },
      'timeline[0].cluster: no cluster is named "gcp"; there are aws-east, azure-east',
    ],
    [
      { action: 'kill-nodes', cluster: 'aws-east', pool: 'od' },
      'timeline[0].pool: aws-east has no pool "od"; it has spot',
    ],
    [
      { action: 'kill-nodes', cluster: 'aws-east', pool: 'spot', zone: 'x' },
      'timeline[0].zone: pool spot is not in "x"; it is in us-east-1a, us-east-1b',
    ],
    [{ action: 'kill-nodes', cluster: 'aws-east', zone: 'us-east-1a' }, 'timeline[0].zone: needs a pool'],
    [
      { action: 'kill-nodes', cluster: 'aws-east', nodes: '120%' },
      'timeline[0].nodes: must be a count or a share such as 50%, not "120%"',
    ],
    [
      { action: 'price', cluster: 'azure-east', pool: 'spot', zone: 'eastus-1', usdPerHour: 1 },
      'timeline[0].zone: Azure has one price for the whole region',
    ],
    [
      { action: 'price', cluster: 'aws-east', pool: 'spot', usdPerHour: 0 },
      'timeline[0].usdPerHour: must be above 0; use the cloud fault bad-prices for impossible prices',
    ],
    [{ action: 'api', cluster: 'hub', fault: 'error', share: 2 }, 'timeline[0].share: must be at most 1, not 2'],
    [{ action: 'heal', when: 'now' }, 'timeline[0].when: unknown field; known are action, at, cluster, service'],
  ] as const) {
    it(`refuses ${JSON.stringify(fields)}`, () => {
      expect(eventIssues(fields)).to.include(issue);
    });
  }
});

describe('loadScenario', () => {
  it('reads every built-in scenario', async () => {
    const names = await builtInScenarios();
    expect(names).to.include.members(['demo', 'small']);
    for (const name of names) expect((await loadScenario(name)).name).to.equal(name);
  });

  it('reads a file by its path', async () => {
    const path = new URL('../../../operator/sandbox/scenarios/small.yaml', import.meta.url).pathname;
    expect((await loadScenario(path)).clusters).to.have.length(2);
  });
});
