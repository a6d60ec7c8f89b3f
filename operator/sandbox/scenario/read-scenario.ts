/** Reads a scenario from YAML: readScenario for text, loadScenario for a file or the name of a built-in one. */
import { readdir, readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import type { Instant } from '../../model/units.ts';
import { millis } from '../../model/units.ts';
import { skuOf } from '../cloud/sku-catalogue.ts';
import { awsZone } from '../cloud/aws/aws-zones.ts';
import { parseRfc3339 } from '../sandbox-clock.ts';
import { shippedFolder } from '../shipped-folders.ts';
import type { Taint } from '../world/kube-documents.ts';
import type { Timings } from '../world/timings.ts';
import { DEFAULT_TIMINGS } from '../world/timings.ts';
import { FieldReader } from './field-reader.ts';
import { readEvent, readPrice } from './read-event.ts';
import type { KubeDocument } from '../kube-api.ts';
import type { Scenario, ScenarioCluster, ScenarioPool, ScenarioStep, TimedEvent } from './scenario.ts';
import { HUB } from './scenario.ts';
import { ScenarioError } from './scenario-error.ts';

/** Names of the scenarios that come with the sandbox. */
export async function builtInScenarios(): Promise<readonly string[]> {
  const files = await readdir(shippedFolder('scenarios'));
  return files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/** The built-in scenario of that name, or the one in the file of that path. Throws ScenarioError. */
export async function loadScenario(nameOrPath: string): Promise<Scenario> {
  const builtIn = (await builtInScenarios()).includes(nameOrPath);
  const text = await readFile(builtIn ? new URL(`${nameOrPath}.yaml`, shippedFolder('scenarios')) : nameOrPath, 'utf8');
  return readScenario(text, nameOrPath);
}

/** `source` names the text in errors. Throws ScenarioError with every mistake. */
export function readScenario(text: string, source: string): Scenario {
  const issues: string[] = [];
  const fields = new FieldReader(parseYaml(text, source), '', issues);
  const timings = readTimings(fields.child('timings'));
  const clusters = fields.list('clusters').map(readCluster);
  if (clusters.length === 0) fields.fault('clusters', 'needs at least one cluster');
  for (const name of repeated(clusters.map((it) => it.name))) fields.fault('clusters', `"${name}" is there twice`);
  const fleet = { clusters, timings };
  const steps = fields.list('steps').map((step) => readStep(step, fleet));
  for (const name of repeated(steps.map((it) => it.name))) fields.fault('steps', `"${name}" is there twice`);
  const scenario: Scenario = {
    name: fields.text('name', { default: source }),
    seed: fields.number('seed', { default: 1, whole: true }),
    epoch: readEpoch(fields),
    speed: fields.number('speed', { default: 1, min: 0.01 }),
    timings,
    scaleIn: fields.oneOf('scaleIn', ['as-cloud', 'idle-first'], 'as-cloud'),
    clusters,
    prices: fields.list('prices').map((price) => {
      const setting = readPrice(price, fleet);
      price.end();
      return setting;
    }),
    timeline: fields
      .list('timeline')
      .map((entry) => readTimedEvent(entry, fleet))
      .toSorted((a, b) => a.at - b.at),
    steps,
    objects: fields.list('objects').map(readObject),
  };
  fields.has('description');
  fields.end();
  if (issues.length > 0) throw new ScenarioError(source, issues);
  return scenario;
}

function parseYaml(text: string, source: string): unknown {
  try {
    return load(text);
  } catch (error) {
    throw new ScenarioError(source, [`not YAML: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

function readTimedEvent(entry: FieldReader, fleet: Pick<Scenario, 'clusters' | 'timings'>): TimedEvent {
  const timed = { at: entry.duration('at'), event: readEvent(entry, fleet) };
  entry.end();
  return timed;
}

function readStep(fields: FieldReader, fleet: Pick<Scenario, 'clusters' | 'timings'>): ScenarioStep {
  const step = {
    name: fields.text('name', { pattern: NAME }),
    title: fields.text('title'),
    events: fields.list('events').map((event) => {
      const read = readEvent(event, fleet);
      event.end();
      return read;
    }),
  };
  fields.end();
  return step;
}

/** A manifest; what is in it, the hub's API server judges. */
function readObject(fields: FieldReader): KubeDocument {
  const metadata = fields.child('metadata');
  const named = { name: metadata.text('name') };
  return {
    ...fields.all(),
    apiVersion: fields.text('apiVersion'),
    kind: fields.text('kind'),
    metadata: { ...metadata.all(), ...named },
  };
}

function readEpoch(fields: FieldReader): Instant | null {
  const value = fields.raw('epoch');
  if (value === undefined) return null;
  const at = parseRfc3339(value instanceof Date ? value.toISOString() : value);
  if (at === null) fields.fault('epoch', `must be a time such as 2026-01-05T09:00:00Z, not ${JSON.stringify(value)}`);
  return at;
}

function readTimings(fields: FieldReader): Timings {
  const base = DEFAULT_TIMINGS;
  const timings = {
    nodeProvisioning: fields.duration('nodeProvisioning', base.nodeProvisioning),
    imagePull: fields.duration('imagePull', base.imagePull),
    modelLoad: fields.duration('modelLoad', base.modelLoad),
    drain: fields.duration('drain', base.drain),
    awsNotice: fields.duration('awsNotice', base.awsNotice),
    azureNotice: fields.duration('azureNotice', base.azureNotice),
    nodeLossDetection: fields.duration('nodeLossDetection', base.nodeLossDetection),
    nodeDeletion: fields.duration('nodeDeletion', base.nodeDeletion),
    scaleInDrain: fields.duration('scaleInDrain', base.scaleInDrain),
    scaleDownDelay: fields.duration('scaleDownDelay', base.scaleDownDelay),
    jitter: fields.number('jitter', { default: base.jitter, min: 0 }),
    heartbeat: fields.has('heartbeat') ? fields.duration('heartbeat', millis(10_000)) : null,
  };
  if (timings.jitter >= 1) fields.fault('jitter', `must be below 1, not ${timings.jitter}`);
  fields.end();
  return timings;
}

/** As Kubernetes wants names of objects. */
const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

function readCluster(fields: FieldReader): ScenarioCluster {
  const name = fields.text('name', { pattern: NAME });
  if (name === HUB) fields.fault('name', 'the name "hub" is taken by the hub');
  const provider = fields.oneOf('provider', ['aws', 'azure']);
  const cluster = {
    name,
    provider,
    region: fields.text('region'),
    subscriptionId: fields.text('subscriptionId', { default: '00000000-0000-4000-8000-000000000001' }),
    resourceGroup: fields.text('resourceGroup', { default: 'inference' }),
    kubernetesVersion: fields.text('kubernetesVersion', { default: '1.34', pattern: /^1\.\d+(\.\d+)?$/ }),
    labels: fields.mapping('labels', 'string'),
    health: readHealth(fields),
  };
  const pools = fields.list('pools').map((pool) => readPool(pool, cluster));
  for (const twice of repeated(pools.map((it) => it.name))) fields.fault('pools', `"${twice}" is there twice`);
  fields.end();
  return { ...cluster, pools };
}

/** What is in it, the hub's API server judges. */
function readHealth(fields: FieldReader): ScenarioCluster['health'] {
  return fields.has('health') ? fields.child('health').all() : {};
}

function readPool(fields: FieldReader, cluster: Pick<ScenarioCluster, 'provider' | 'region'>): ScenarioPool {
  const azure = cluster.provider === 'azure';
  // AKS lets Linux pools have twelve small letters and digits.
  const name = fields.text('name', { pattern: azure ? /^[a-z][a-z0-9]{0,11}$/ : NAME });
  const zones = fields.texts('zones');
  zones.forEach((zone, at) => checkZone(fields, at, zone, cluster));
  if (zones.length === 0) fields.fault('zones', 'needs at least one zone');
  const minNodes = fields.number('min', { default: 0, min: 0, whole: true });
  const maxNodes = fields.number('max', { min: 0, whole: true });
  const desiredNodes = fields.number('desired', { default: minNodes, min: 0, whole: true });
  if (maxNodes < minNodes) fields.fault('max', `must be at least min, ${minNodes}`);
  if (desiredNodes < minNodes || desiredNodes > maxNodes)
    fields.fault('desired', `must be between ${minNodes} and ${maxNodes}`);
  const autoscaled = fields.flag('autoscaled', false);
  if (autoscaled && fields.raw('manageSize') === true)
    fields.fault('manageSize', 'an autoscaled pool has its size set by the autoscaler');
  const capacityByZone = fields.mapping('capacityByZone', 'number');
  for (const zone of Object.keys(capacityByZone)) {
    if (!zones.includes(zone)) fields.fault(`capacityByZone.${zone}`, `is not one of the pool's zones`);
  }
  const pool: ScenarioPool = {
    name,
    instanceType: readInstanceType(fields, cluster.provider),
    capacityType: fields.oneOf('capacityType', ['spot', 'on-demand']),
    zones,
    minNodes,
    maxNodes,
    desiredNodes,
    autoscaled,
    manageSize: fields.flag('manageSize', !autoscaled),
    capacityByZone,
    labels: fields.mapping('labels', 'string'),
    taints: fields.list('taints').map(readTaint),
  };
  fields.end();
  return pool;
}

function checkZone(
  fields: FieldReader,
  at: number,
  zone: string,
  { provider, region }: Pick<ScenarioCluster, 'provider' | 'region'>,
): void {
  const known = provider === 'aws' ? awsZone(region, zone) !== null : new RegExp(`^${region}-[1-3]$`).test(zone);
  const example = provider === 'aws' ? `${region}a` : `${region}-1`;
  if (!known) fields.fault(`zones[${at}]`, `"${zone}" is not a zone of ${region}; an example is ${example}`);
}

function readInstanceType(fields: FieldReader, provider: ScenarioCluster['provider']): string {
  const name = fields.text('instanceType');
  const sku = skuOf(name);
  if (name === '') return name;
  if (sku === null || sku.provider !== provider)
    fields.fault('instanceType', `"${name}" is not a type of ${provider} in data/gpu-skus.json`);
  else if (sku.accelerator === null) fields.fault('instanceType', `${name} has no whole accelerator`);
  return name;
}

function readTaint(fields: FieldReader): Taint & { readonly value: string } {
  const taint = {
    key: fields.text('key'),
    value: fields.has('value') ? fields.text('value') : '',
    effect: fields.oneOf('effect', ['NoSchedule', 'NoExecute', 'PreferNoSchedule']),
  };
  fields.end();
  return taint;
}

const repeated = (names: readonly string[]): readonly string[] => [
  ...new Set(names.filter((name, at) => names.indexOf(name) !== at)),
];
