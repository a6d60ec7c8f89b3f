/** The rules that bend, kept up to date: units of each deployment by provider, by cluster and on spot, and what is over. */
import type { Deployment, Problem } from './problem.ts';

/** A cluster missing to minClusters weighs as much as a unit. */
const MISSING_CLUSTER = 1000;

/** Units that come or go, and how many the deployment had placed before. */
export interface Change {
  readonly units: number;
  readonly placed: number;
}

export class RuleLedger {
  /** Thousandths beyond soft rules for each deployment. */
  readonly relaxed: Float64Array;
  readonly clustersUsed: Int32Array;
  private readonly problem: Problem;
  private readonly providerUnits: Int32Array;
  private readonly clusterUnits: Int32Array;
  private readonly spotUnits: Int32Array;

  constructor(problem: Problem) {
    const size = problem.deployments.length;
    this.problem = problem;
    this.relaxed = new Float64Array(size);
    this.clustersUsed = new Int32Array(size);
    this.providerUnits = new Int32Array(size * problem.providers);
    this.clusterUnits = new Int32Array(size * problem.clusters);
    this.spotUnits = new Int32Array(size);
  }

  /** How many more replicas of `units` the rules allow there (minimum clusters aside). */
  ruled(index: number, offering: number, units: number): number {
    const { offerings, providers, clusters, deployments } = this.problem;
    const { providerCap, clusterCap, spotCap } = deployments[index] as Deployment;
    let left = Number.POSITIVE_INFINITY;
    if (providerCap !== left) {
      left = providerCap - (this.providerUnits[index * providers + (offerings.provider[offering] as number)] as number);
    }
    if (clusterCap !== Number.POSITIVE_INFINITY) {
      const used = this.clusterUnits[index * clusters + (offerings.cluster[offering] as number)] as number;
      if (clusterCap - used < left) left = clusterCap - used;
    }
    if (spotCap !== Number.POSITIVE_INFINITY && offerings.spot[offering] === 1) {
      left = Math.min(left, spotCap - (this.spotUnits[index] as number));
    }
    return left === Number.POSITIVE_INFINITY ? left : left < units ? 0 : Math.floor(left / units);
  }

  /** Whether the deployment has replicas on the offering's cluster. */
  usesClusterOf(index: number, offering: number): boolean {
    const cluster = this.problem.offerings.cluster[offering] as number;
    return (this.clusterUnits[index * this.problem.clusters + cluster] as number) > 0;
  }

  /** By how much the rules would bend more with `units` more there, given how many are placed. */
  bend(index: number, offering: number, { units, placed }: Change): number {
    const { offerings, providers, clusters, deployments } = this.problem;
    const deployment = deployments[index] as Deployment;
    const inProvider = this.providerUnits[index * providers + (offerings.provider[offering] as number)] as number;
    const inCluster = this.clusterUnits[index * clusters + (offerings.cluster[offering] as number)] as number;
    let more = excess(inProvider, units, deployment.providerCap) + excess(inCluster, units, deployment.clusterCap);
    if (offerings.spot[offering] === 1) more += excess(this.spotUnits[index] as number, units, deployment.spotCap);
    if (deployment.minClusters > 1) {
      const used = this.clustersUsed[index] as number;
      const nowUsed = used + (inCluster === 0 ? 1 : 0);
      more += missing(placed + units, nowUsed, deployment) - missing(placed, used, deployment);
    }
    return more;
  }

  /** Adds units (takes them away when negative), given how many were placed before; returns by how much the rules bend more. */
  cover(index: number, offering: number, { units, placed }: Change): number {
    const { offerings, providers, clusters, deployments } = this.problem;
    const deployment = deployments[index] as Deployment;
    const atProvider = index * providers + (offerings.provider[offering] as number);
    const atCluster = index * clusters + (offerings.cluster[offering] as number);
    const inProvider = this.providerUnits[atProvider] as number;
    const inCluster = this.clusterUnits[atCluster] as number;
    this.providerUnits[atProvider] = inProvider + units;
    this.clusterUnits[atCluster] = inCluster + units;
    let more = excess(inProvider, units, deployment.providerCap) + excess(inCluster, units, deployment.clusterCap);
    if (offerings.spot[offering] === 1) {
      const onSpot = this.spotUnits[index] as number;
      this.spotUnits[index] = onSpot + units;
      more += excess(onSpot, units, deployment.spotCap);
    }
    const used = this.clustersUsed[index] as number;
    const nowUsed = used + (inCluster === 0 ? 1 : inCluster + units === 0 ? -1 : 0);
    this.clustersUsed[index] = nowUsed;
    if (deployment.minClusters > 1)
      more += missing(placed + units, nowUsed, deployment) - missing(placed, used, deployment);
    this.relaxed[index] = (this.relaxed[index] as number) + more;
    return more;
  }
}

/** By how much more is over the cap. */
const excess = (before: number, added: number, cap: number): number =>
  cap === Number.POSITIVE_INFINITY ? 0 : Math.max(0, before + added - cap) - Math.max(0, before - cap);

const missing = (placed: number, used: number, { minClusters }: Deployment): number =>
  placed > 0 ? Math.max(0, minClusters - used) * MISSING_CLUSTER : 0;
