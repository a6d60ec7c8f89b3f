/** One cluster's world: its node agent, and on the embedded API server the controllers that a real one comes with. */
import type { Clock } from '../../model/clock.ts';
import type { Millis } from '../../model/units.ts';
import type { Log } from '../../runtime/log.ts';
import type { PoolTrouble, SandboxCluster } from '../cloud-state.ts';
import type { KubeApi } from '../kube-api.ts';
import { ClusterAutoscaler } from './cluster-autoscaler.ts';
import { DeploymentController } from './deployment-controller.ts';
import type { DeploymentDocument, NodeDocument, PodDocument, ReplicaSetDocument } from './kube-documents.ts';
import { controllerUid } from './kube-documents.ts';
import type { MachineSelection } from './node-pools.ts';
import { NodePools } from './node-pools.ts';
import { ObjectCache } from './object-cache.ts';
import { PodRunner } from './pod-runner.ts';
import type { ScaleIn } from './pool-balance.ts';
import { ReplicaSetController } from './replica-set-controller.ts';
import { DEPLOYMENTS, NODES, PODS, REPLICA_SETS } from './resources.ts';
import { Scheduler } from './scheduler.ts';
import type { Timings } from './timings.ts';

export interface WorldOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly log: Log;
  readonly cluster: SandboxCluster;
  readonly timings: Timings;
  readonly scaleIn: ScaleIn;
  readonly seed: number;
  /** Whether to stand in for the Deployment controller and the scheduler, which a real control plane has. */
  readonly standIns: boolean;
}

/** A part that runs until its signal aborts. */
interface Part {
  run(signal: AbortSignal): Promise<void>;
  readonly idle: boolean;
}

export interface World {
  /** The cloud takes spot nodes back, with that notice or, when null, without a word; answers the nodes' names. */
  reclaim(selection: MachineSelection, notice: Millis | null): readonly string[];
  /** Nodes die on the spot; answers their names. */
  kill(selection: MachineSelection): readonly string[];
  /** Only so many accelerators of these nodes work from now on, null for all; answers the nodes' names. */
  setAccelerators(selection: MachineSelection, healthy: number | null): readonly string[];
  /** Whether pods that start in the pool never get ready. */
  setStuck(pool: string, stuck: boolean): void;
  /** How a shortage in that zone of a pool is worded from now on. */
  setShortage(pool: string, zone: string, kind: PoolTrouble['kind']): void;
  /** Compares the pools with what is asked of them now rather than at the next check. */
  kick(): void;
  /** Whether nothing is due at this moment; what waits for its time does not count. */
  readonly idle: boolean;
  /** Settles when everything has ended, soon after the signal aborted. */
  readonly ended: Promise<void>;
}

/** Lets the standing nodes join, then runs the world until the signal aborts. */
export async function startWorld(options: WorldOptions, signal: AbortSignal): Promise<World> {
  const { api, clock, log, cluster, timings, seed } = options;
  const pods = new ObjectCache<PodDocument>({ api, resource: PODS, indexers: POD_INDEXES });
  const nodes = new ObjectCache<NodeDocument>({ api, resource: NODES });
  const podsOn = (node: string): readonly PodDocument[] => pods.by('node', node);
  const report = (part: Promise<void>): Promise<void> =>
    part.catch((err: unknown) => log.error('sandbox world failed', { memberCluster: cluster.name, err }));
  const running = [pods.follow(signal), nodes.follow(signal)].map(report);
  await Promise.all([pods.load(), nodes.load()]);

  const pools = new NodePools({ ...options, nodes, podsOn });
  await pools.populate();
  const machine = (node: string): ReturnType<NodePools['machine']> => pools.machine(node);
  const podNetwork = cluster.provider === 'aws' ? '10.128' : '10.244';
  const runner = new PodRunner({ api, clock, log, pods, nodes, machine, timings, seed, podNetwork });
  const autoscaler = new ClusterAutoscaler({ ...options, pools, pods, nodes });
  const parts: Part[] = [pools, runner, autoscaler];
  nodes.onChange((name) => runner.onNodeChange(name));
  pools.onJoined((name) => runner.onNodeChange(name));
  pods.onChange((_key, pod) => pools.onPodChange(pod.spec.nodeName ?? ''));

  if (options.standIns) {
    const deployments = new ObjectCache<DeploymentDocument>({ api, resource: DEPLOYMENTS });
    const replicaSets = new ObjectCache<ReplicaSetDocument>({ api, resource: REPLICA_SETS, indexers: OWNER_INDEX });
    running.push(...[deployments.follow(signal), replicaSets.follow(signal)].map(report));
    await Promise.all([deployments.load(), replicaSets.load()]);
    parts.push(
      new DeploymentController({ api, clock, log, deployments, replicaSets }),
      new ReplicaSetController({ api, clock, log, pods, replicaSets, seed }),
      new Scheduler({ api, clock, log, pods, nodes }),
    );
  }
  running.push(...parts.map((part) => report(part.run(signal))));
  return {
    reclaim: (selection, notice) => pools.reclaim(selection, notice),
    kill: (selection) => pools.kill(selection),
    setAccelerators: (selection, healthy) => pools.setAccelerators(selection, healthy),
    setStuck: (pool, stuck) => runner.setStuck(pool, stuck),
    setShortage: (pool, zone, kind) => pools.setShortage(pool, zone, kind),
    kick: () => pools.kick(),
    get idle() {
      return parts.every((part) => part.idle);
    },
    ended: Promise.all(running).then(() => {}),
  };
}

const POD_INDEXES = {
  node: (pod: PodDocument): string => pod.spec.nodeName ?? '',
  controller: controllerUid,
  ip: (pod: PodDocument): string | null => pod.status?.podIP ?? null,
};

const OWNER_INDEX = { controller: controllerUid };
