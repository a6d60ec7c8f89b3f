import { expect } from 'chai';
import { parseInferenceDeployment } from '../../operator/api/parse-inference-deployment.ts';
import { fraction, hours, instant, minutes, seconds } from '../../operator/model/units.ts';
import { migrationStatus } from '../../operator/api/recorded-deployment.ts';
import { clusterName } from '../../operator/model/names.ts';
import { movingIn } from '../support/decide-moves.ts';
import { anInferenceDeploymentObject, type Changes, yamlFiles } from '../support/api-objects.ts';

const parsed = (changes: Changes = {}) => {
  const result = parseInferenceDeployment(anInferenceDeploymentObject(changes));
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result;
};
const example = (name: string) => {
  const [file] = yamlFiles('crds/examples').filter((it) => it.name === name);
  const result = parseInferenceDeployment(file?.documents[0]);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result;
};

describe('parseInferenceDeployment', () => {
  it('reads the least that can be said, with the defaults', () => {
    const { workload, routing, recorded, status } = parsed();
    expect(workload).to.deep.equal({
      key: 'ml-prod/llama',
      namespace: 'ml-prod',
      name: 'llama',
      uid: 'uid-llama',
      generation: 3,
      replicas: 1,
      shapes: [{ accelerator: 'H100', count: 1, capacity: 1000, overrides: { args: null, env: null, image: null } }],
      template: { spec: { containers: [{ name: 'server', image: 'registry.example/vllm:1' }] } },
      placement: {
        providers: null,
        regions: null,
        clusterSelector: null,
        maxPerProvider: null,
        maxPerCluster: null,
        minClusters: 1,
        whenUnsatisfiable: 'Relax',
        spot: 'Allowed',
        onDemandBase: 0,
      },
      minReady: 1,
      availabilityTarget: fraction(0.999),
      maxHourly: null,
      migration: { minSavings: fraction(0.15), payback: minutes(30), maxSurge: 2, cooldown: minutes(20) },
      failover: { blindAfter: seconds(10), failback: { mode: 'Automatic', stabilization: minutes(10) } },
      traffic: null,
      priority: 0,
    });
    expect(routing).to.equal(null);
    const traffic = { shiftedAt: null, backends: [] };
    expect(recorded).to.deep.equal({ placements: [], migration: { phase: 'Idle', lastMoveAt: null }, traffic });
    expect(status).to.equal(null);
  });

  it('reads everything that can be said', () => {
    const { workload, routing } = example('multi-accelerator.yaml');
    expect(workload.shapes.map(({ accelerator, count, capacity }) => [accelerator, count, capacity])).to.deep.equal([
      ['H100', 4, 1000],
      ['H200', 2, 1000],
      ['A100-80GB', 4, 600],
    ]);
    expect(workload.shapes[2]?.overrides.env).to.deep.equal([{ name: 'VLLM_ATTENTION_BACKEND', value: 'FLASHINFER' }]);
    expect(workload.placement).to.include({ maxPerProvider: 0.7, maxPerCluster: 0.6, minClusters: 2 });
    expect(workload).to.include({ minReady: 5, replicas: 6 });
    expect(workload.traffic).to.deep.equal({ port: 8000, probePath: '/health' });
    expect(routing).to.deep.equal({
      port: 8000,
      via: {
        kind: 'Gateway',
        name: 'inference',
        namespace: 'gateways',
        sectionName: null,
        hostnames: ['llama.example.com'],
      },
    });
  });

  it('reads residency', () => {
    const { placement } = example('residency.yaml').workload;
    expect(placement.providers).to.deep.equal(['azure']);
    expect(placement.regions).to.deep.equal(['germanywestcentral', 'westeurope']);
    expect(placement.clusterSelector).to.deep.equal({
      matchLabels: { tier: 'prod' },
      matchExpressions: [{ key: 'audited', operator: 'In', values: ['2026'] }],
    });
  });

  it('reads records and budgets', () => {
    const { workload, routing } = example('on-demand-base-and-budget.yaml');
    expect(workload.maxHourly).to.equal(40);
    expect(workload.placement.onDemandBase).to.equal(2);
    expect(routing).to.deep.equal({ port: 8000, via: { kind: 'Dns', hostname: 'qwen.example.com', ttl: seconds(30) } });
    expect(workload.traffic, 'without a probe the data path is not asked').to.equal(null);
  });

  it('leads traffic through a Service when nothing else is said', () => {
    expect(parsed({ '/spec/traffic': { port: 8000 } }).routing).to.deep.equal({ port: 8000, via: { kind: 'Service' } });
    const selector = { matchExpressions: [{ key: 'a', operator: 'Exists' }] };
    expect(
      parsed({ '/spec/placement': { clusterSelector: selector } }).workload.placement.clusterSelector,
    ).to.deep.equal({
      matchLabels: {},
      matchExpressions: [{ key: 'a', operator: 'Exists', values: [] }],
    });
  });

  it('keeps the whole of the wanted units ready unless less is asked for', () => {
    expect(parsed({ '/spec/replicas': 6 }).workload.minReady).to.equal(6);
    expect(parsed({ '/spec/replicas': 6, '/spec/availability': { minReady: 0 } }).workload.minReady).to.equal(0);
  });

  it('reads a file that no API server has seen', () => {
    const bare = anInferenceDeploymentObject({ '/metadata': { name: 'llama' } });
    const result = parseInferenceDeployment(bare);
    expect(result.ok && result.workload).to.include({ namespace: 'default', uid: 'default/llama', generation: 1 });
  });

  const status = {
    placements: [
      {
        cluster: 'eks-use1',
        pool: 'h100',
        zone: 'us-east-1a',
        capacityType: 'spot',
        accelerator: 'H100',
        replicas: 2,
        ready: 1,
        phase: 'Draining',
        since: '2026-09-01T11:00:00.125Z',
      },
    ],
    migration: {
      phase: 'Surging',
      reason: 'Price',
      startedAt: '2026-09-01T11:30:00Z',
      lastMoveAt: '2026-09-01T10:00:00Z',
      target: [{ cluster: 'aks-eus', pool: 'h100', zone: '', replicas: 2 }],
    },
  };
  const noon = Date.UTC(2026, 8, 1, 12);

  it('takes the annotation for a person who lets it go back', () => {
    const modeOf = (annotation: string) => {
      const metadata = { '/metadata/annotations': { 'tradewind.dev/failback': annotation } };
      return parsed({ ...metadata, '/spec/failover': { failback: { mode: 'Manual' } } }).workload.failover.failback
        .mode;
    };
    expect([modeOf('allowed'), modeOf('true')]).to.deep.equal(['Automatic', 'Manual']);
  });

  it('reads what is recorded, to the millisecond', () => {
    const { recorded } = parsed({ '/status': status });
    expect(recorded.placements).to.deep.equal([
      {
        cluster: 'eks-use1',
        pool: 'h100',
        zone: 'us-east-1a',
        capacityType: 'spot',
        accelerator: 'H100',
        replicas: 2,
        phase: 'Draining',
        since: instant(noon - hours(1) + 125),
      },
    ]);
    expect(recorded.migration).to.deep.equal({
      phase: 'Surging',
      reason: 'Price',
      startedAt: noon - minutes(30),
      lastMoveAt: noon - hours(2),
      target: [{ cluster: 'aks-eus', pool: 'h100', zone: '', replicas: 2 }],
    });
  });

  it('reads every phase of a move back as it was written', () => {
    for (const phase of ['Reserving', 'Surging', 'Verifying', 'Shifting', 'Draining', 'RollingBack'] as const) {
      const move = movingIn(phase, { waitingFor: 'better days', next: 'Idle' });
      const { recorded } = parsed({ '/status': { migration: migrationStatus(move) } });
      expect(recorded.migration).to.deep.equal(move);
    }
  });

  it('reads what earlier moves were given up on back as it was written, during a move and after it', () => {
    const until = instant(noon + hours(1));
    const setback = { pool: 'h100', zone: 'a', failures: 2, until, cause: 'it was late', spec: '0badcafe' };
    const setbacks = [{ ...setback, cluster: clusterName('aks-eus') }];
    for (const state of [movingIn('Surging', { setbacks }), { phase: 'Idle', lastMoveAt: null, setbacks } as const]) {
      const { recorded } = parsed({ '/status': { migration: migrationStatus(state) } });
      expect(recorded.migration).to.deep.equal(state);
    }
  });

  it('reads that members are to have an InferencePool, and what its picker does when it is silent', () => {
    const traffic = { port: 8000, inferencePool: { endpointPicker: { name: 'llama-epp', port: 9002 } } };
    const { routing } = parsed({ '/spec/traffic': traffic });
    expect(routing?.picker).to.deep.equal({ name: 'llama-epp', port: 9002, failureMode: 'FailClose' });
    expect(parsed({ '/spec/traffic': { port: 8000 } }).routing).to.not.have.property('picker');
  });

  it('does not forget what runs because the spec has a mistake', () => {
    const result = parseInferenceDeployment(anInferenceDeploymentObject({ '/status': status, '/spec/replicas': -1 }));
    expect(result.ok).to.equal(false);
    expect(result.recorded.placements).to.have.length(1);
    expect(result.recorded.migration.phase).to.equal('Surging');
  });

  it('takes half a migration for none', () => {
    const half = parsed({ '/status': { migration: { phase: 'Draining', lastMoveAt: '2026-09-01T12:00:00Z' } } });
    expect(half.recorded.migration).to.deep.equal({ phase: 'Idle', lastMoveAt: noon });
  });

  it('names a status that cannot be read, which holds what must not be forgotten', () => {
    const result = parseInferenceDeployment(
      anInferenceDeploymentObject({ '/status': { placements: [{ cluster: 'a' }] } }),
    );
    expect(result.ok).to.equal(false);
    expect(!result.ok && result.issues.map(({ path }) => path)).to.include('status.placements[0].phase');
    expect(result.status).to.equal(null);
  });

  it('does not mind what a newer operator has written into the status', () => {
    expect(parsed({ '/status': { observedGeneration: 1, forecast: { rain: true } } }).status).to.deep.equal({
      observedGeneration: 1,
    });
  });

  it('refuses what is no InferenceDeployment', () => {
    const issuesOf = (input: unknown) => {
      const result = parseInferenceDeployment(input);
      return result.ok ? [] : result.issues.map(({ path }) => path);
    };
    for (const input of [null, undefined, 1, 'a', []]) expect(issuesOf(input)).to.deep.equal(['']);
    expect(issuesOf({})).to.deep.equal(['apiVersion', 'kind', 'metadata', 'spec']);
    const spelled = { '/apiVersion': 'apps/v1', '/kind': 'Deployment', '/spce': {}, '/metadata/name': 'Llama' };
    expect(issuesOf(anInferenceDeploymentObject(spelled))).to.deep.equal([
      'apiVersion',
      'kind',
      'spce',
      'metadata.name',
    ]);
    const labelled = { '/metadata/labels': { a: 1 }, '/metadata/namespace': 7 };
    expect(issuesOf(anInferenceDeploymentObject(labelled))).to.deep.equal(['metadata.namespace', 'metadata.labels']);
  });
});
