/** Makes an event of a scenario happen: in the cloud state, in a cluster's world, or to an API server. */
import { assertNever } from '../../model/assert-never.ts';
import type { Instant } from '../../model/units.ts';
import type { Fault } from '../apiserver/http/faults.ts';
import type { CloudState, PriceOverride, SandboxCluster, SandboxPool } from '../cloud-state.ts';
import type { World } from '../world/start-world.ts';
import type { PriceSetting, ScenarioEvent } from './scenario.ts';
import { HUB } from './scenario.ts';

/** What events act on. */
export interface Stage {
  readonly now: () => Instant;
  readonly state: CloudState;
  /** By cluster name; the hub has none. */
  readonly worlds: ReadonlyMap<string, World>;
  /** null: works again. The cluster may be the hub. Resolves when it is so. */
  readonly setApiFault: (cluster: string, fault: Fault | null) => Promise<void>;
}

/** Rejects when the event names a cluster or pool that is not there. */
export async function applyEvent(stage: Stage, event: ScenarioEvent): Promise<void> {
  switch (event.action) {
    case 'price':
      stage.state.priceOverrides.push(priceOverride(clusterOf(stage, event.cluster), event, stage.now()));
      return;
    case 'capacity':
      setCapacity(stage, event);
      return;
    case 'reclaim':
      worldOf(stage, event.cluster).reclaim(event.machines, event.notice);
      return;
    case 'kill-nodes':
      worldOf(stage, event.cluster).kill(event.machines);
      return;
    case 'accelerators':
      worldOf(stage, event.cluster).setAccelerators(event.machines, event.healthy);
      return;
    case 'stuck-pods':
      worldOf(stage, event.cluster).setStuck(event.pool, event.stuck);
      return;
    case 'resize': {
      const pool = poolOf(clusterOf(stage, event.cluster), event.pool);
      pool.desiredNodes = event.nodes;
      pool.revision += 1;
      worldOf(stage, event.cluster).kick();
      return;
    }
    case 'control-plane':
      clusterOf(stage, event.cluster).state = event.state;
      return;
    case 'api':
      await stage.setApiFault(event.cluster, event.fault);
      return;
    case 'cloud':
      stage.state.faults.set(event.service, event.fault);
      return;
    case 'heal':
      await heal(stage, event);
      return;
    default:
      assertNever(event);
  }
}

/** A price setting as the clouds' price book takes it. */
export function priceOverride(cluster: SandboxCluster, setting: PriceSetting, at: Instant): PriceOverride {
  const { instanceType, capacityType } = poolOf(cluster, setting.pool);
  return { region: cluster.region, zone: setting.zone, instanceType, capacityType, usdPerHour: setting.usdPerHour, at };
}

function setCapacity(stage: Stage, event: Extract<ScenarioEvent, { action: 'capacity' }>): void {
  const pool = poolOf(clusterOf(stage, event.cluster), event.pool);
  const world = worldOf(stage, event.cluster);
  for (const zone of event.zone === null ? pool.zones : [event.zone]) {
    if (event.nodes === null) pool.capacityByZone.delete(zone);
    else pool.capacityByZone.set(zone, event.nodes);
    world.setShortage(pool.name, zone, event.as);
  }
  pool.revision += 1;
  world.kick();
}

async function heal(stage: Stage, { cluster, service }: Extract<ScenarioEvent, { action: 'heal' }>): Promise<void> {
  const all = cluster === null && service === null;
  if (all) stage.state.faults.clear();
  else if (service !== null) stage.state.faults.delete(service);
  const servers = all ? [HUB, ...stage.worlds.keys()] : cluster === null ? [] : [cluster];
  for (const server of servers) await stage.setApiFault(server, null);
}

function worldOf({ worlds }: Stage, cluster: string): World {
  const world = worlds.get(cluster);
  if (world === undefined) throw new Error(`the sandbox has no cluster "${cluster}"`);
  return world;
}

function clusterOf({ state }: Stage, name: string): SandboxCluster {
  const cluster = state.clusters.find((it) => it.name === name);
  if (cluster === undefined) throw new Error(`the sandbox has no cluster "${name}"`);
  return cluster;
}

function poolOf(cluster: SandboxCluster, name: string): SandboxPool {
  const pool = cluster.pools.find((it) => it.name === name);
  if (pool === undefined) throw new Error(`cluster "${cluster.name}" has no pool "${name}"`);
  return pool;
}
