/** Reads one event of a timeline, or one given live: each action with the fields it takes. */
import type { Millis } from '../../model/units.ts';
import { millis } from '../../model/units.ts';
import { assertNever } from '../../model/assert-never.ts';
import type { Fault } from '../apiserver/http/faults.ts';
import type { CloudFault, CloudService } from '../cloud-state.ts';
import type { MachineSelection } from '../world/node-pools.ts';
import type { FieldReader } from './field-reader.ts';
import type { PriceSetting, Scenario, ScenarioCluster, ScenarioEvent } from './scenario.ts';
import { HUB } from './scenario.ts';

/** What events may speak of. */
export type Fleet = Pick<Scenario, 'clusters' | 'timings'>;

const ACTIONS = [
  'price',
  'capacity',
  'reclaim',
  'kill-nodes',
  'accelerators',
  'stuck-pods',
  'resize',
  'control-plane',
  'api',
  'cloud',
  'heal',
] as const;

const SERVICES: readonly CloudService[] = ['eks', 'ec2', 'pricing', 'sts', 'arm', 'retail', 'entra'];

/** Reads the event in `fields`; mistakes are noted there. */
export function readEvent(fields: FieldReader, fleet: Fleet): ScenarioEvent {
  const action = fields.oneOf('action', ACTIONS);
  switch (action) {
    case 'price':
      return { action, ...readPrice(fields, fleet) };
    case 'capacity': {
      const cluster = readCluster(fields, fleet);
      const nodes = fields.raw('nodes') === 'unlimited' ? null : fields.number('nodes', { min: 0, whole: true });
      const as = fields.oneOf('as', ['capacity', 'quota'], 'capacity');
      return { action, cluster: nameOf(cluster), ...readPool(fields, cluster), nodes, as };
    }
    case 'reclaim': {
      const cluster = readCluster(fields, fleet);
      return {
        action,
        cluster: nameOf(cluster),
        machines: readMachines(fields, cluster),
        notice: readNotice(fields, fleet, cluster),
      };
    }
    case 'kill-nodes': {
      const cluster = readCluster(fields, fleet);
      return { action, cluster: nameOf(cluster), machines: readMachines(fields, cluster) };
    }
    case 'accelerators': {
      const cluster = readCluster(fields, fleet);
      const machines = readMachines(fields, cluster);
      const healthy = fields.raw('healthy') === 'all' ? null : fields.number('healthy', { min: 0, whole: true });
      return { action, cluster: nameOf(cluster), machines, healthy };
    }
    case 'stuck-pods': {
      const cluster = readCluster(fields, fleet);
      const { pool } = readPool(fields, cluster);
      return { action, cluster: nameOf(cluster), pool, stuck: fields.flag('stuck', true) };
    }
    case 'resize': {
      const cluster = readCluster(fields, fleet);
      const { pool } = readPool(fields, cluster);
      return { action, cluster: nameOf(cluster), pool, nodes: fields.number('nodes', { min: 0, whole: true }) };
    }
    case 'control-plane': {
      const cluster = nameOf(readCluster(fields, fleet));
      return { action, cluster, state: fields.oneOf('state', ['available', 'updating', 'failed']) };
    }
    case 'api':
      return { action, cluster: readServer(fields, fleet), fault: readApiFault(fields) };
    case 'cloud':
      return { action, service: fields.oneOf('service', SERVICES), fault: readCloudFault(fields) };
    case 'heal':
      return {
        action,
        cluster: fields.has('cluster') ? readServer(fields, fleet) : null,
        service: fields.has('service') ? fields.oneOf('service', SERVICES) : null,
      };
    default:
      return assertNever(action);
  }
}

/** A price of a pool's type: `cluster`, `pool`, on AWS perhaps `zone`, and `usdPerHour`. */
export function readPrice(fields: FieldReader, fleet: Fleet): PriceSetting {
  const cluster = readCluster(fields, fleet);
  const { pool, zone } = readPool(fields, cluster);
  if (zone !== null && cluster?.provider === 'azure') fields.fault('zone', 'Azure has one price for the whole region');
  const usdPerHour = fields.number('usdPerHour');
  if (usdPerHour <= 0)
    fields.fault('usdPerHour', 'must be above 0; use the cloud fault bad-prices for impossible prices');
  return { cluster: nameOf(cluster), pool, zone: zone ?? '', usdPerHour };
}

const nameOf = (cluster: ScenarioCluster | undefined): string => cluster?.name ?? '';

function readCluster(fields: FieldReader, { clusters }: Fleet): ScenarioCluster | undefined {
  const name = fields.text('cluster');
  const cluster = clusters.find((it) => it.name === name);
  if (cluster === undefined && name !== '')
    fields.fault('cluster', `no cluster is named "${name}"; there are ${clusters.map((it) => it.name).join(', ')}`);
  return cluster;
}

function readServer(fields: FieldReader, fleet: Fleet): string {
  return fields.raw('cluster') === HUB ? HUB : nameOf(readCluster(fields, fleet));
}

function readPool(fields: FieldReader, cluster: ScenarioCluster | undefined): { pool: string; zone: string | null } {
  const name = fields.text('pool');
  const zone = fields.has('zone') ? fields.text('zone') : null;
  const pools = cluster?.pools ?? [];
  const pool = pools.find((it) => it.name === name);
  if (pool === undefined && cluster !== undefined && name !== '')
    fields.fault('pool', `${cluster.name} has no pool "${name}"; it has ${pools.map((it) => it.name).join(', ')}`);
  if (zone !== null && pool !== undefined && !pool.zones.includes(zone))
    fields.fault('zone', `pool ${name} is not in "${zone}"; it is in ${pool.zones.join(', ')}`);
  return { pool: name, zone };
}

/** `pool`, `zone` and `nodes` (a count, or a share such as "50%"), all optional. */
function readMachines(fields: FieldReader, cluster: ScenarioCluster | undefined): MachineSelection {
  const place = fields.has('pool') ? readPool(fields, cluster) : null;
  if (place === null && fields.has('zone')) fields.fault('zone', 'needs a pool');
  return {
    ...(place === null ? {} : { pool: place.pool }),
    ...(place === null || place.zone === null ? {} : { zone: place.zone }),
    ...(fields.has('nodes') ? { nodes: readAmount(fields) } : {}),
  };
}

function readAmount(fields: FieldReader): { count: number } | { share: number } {
  const value = fields.raw('nodes');
  if (typeof value !== 'string') return { count: fields.number('nodes', { min: 1, whole: true }) };
  const share = /^(\d+)%$/.exec(value)?.[1];
  if (share === undefined || Number(share) > 100)
    fields.fault('nodes', `must be a count or a share such as 50%, not "${value}"`);
  return { share: Number(share ?? 0) / 100 };
}

/** As the cloud gives it when absent or true, none when false, or a duration. */
function readNotice(fields: FieldReader, { timings }: Fleet, cluster: ScenarioCluster | undefined): Millis | null {
  const value = fields.raw('notice') ?? true;
  if (value === false) return null;
  if (value !== true) return fields.duration('notice');
  return cluster?.provider === 'azure' ? timings.azureNotice : timings.awsNotice;
}

const API_FAULTS: readonly Fault['kind'][] = [
  'refuse',
  'black-hole',
  'latency',
  'error',
  'drop-watches',
  'stall-watches',
  'unauthorized',
  'forbidden',
];

function readApiFault(fields: FieldReader): Fault {
  const kind = fields.oneOf('fault', API_FAULTS);
  if (kind === 'latency') return { kind, ms: fields.duration('delay', millis(2000)) };
  if (kind === 'forbidden') return { kind, resources: fields.has('resources') ? fields.texts('resources') : ['*'] };
  if (kind !== 'error') return { kind };
  const share = fields.number('share', { default: 1, min: 0 });
  if (share > 1) fields.fault('share', `must be at most 1, not ${share}`);
  const status = fields.number('status', { default: 500, min: 400, whole: true });
  if (!fields.has('retryAfterSeconds')) return { kind, status, share };
  return { kind, status, share, retryAfterSeconds: fields.number('retryAfterSeconds', { min: 0 }) };
}

function readCloudFault(fields: FieldReader): CloudFault {
  const kind = fields.oneOf('fault', ['throttle', 'error', 'html', 'bad-prices', 'unauthorized', 'hang']);
  if (kind === 'throttle')
    return { kind, retryAfterSeconds: fields.number('retryAfterSeconds', { default: 5, min: 0 }) };
  if (kind === 'error') return { kind, status: fields.number('status', { default: 500, min: 400, whole: true }) };
  if (kind === 'bad-prices') return { kind, value: fields.oneOf('value', ['NaN', '0', '-1', 'stale']) };
  return { kind };
}
