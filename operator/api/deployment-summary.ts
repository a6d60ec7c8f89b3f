/** The ready-made strings of an InferenceDeployment for kubectl get, whose columns cannot compute. */
import { assertNever } from '../model/assert-never.ts';
import { unitsToMilli } from '../model/units.ts';
import type { DeploymentState } from './deployment-conditions.ts';
import { wholeUnits } from './deployment-figures.ts';
import type { DeploymentSummary } from './wire-types.ts';

const SHOWN_CLUSTERS = 4; // more make a line of kubectl wrap

/** Counts by name as `a:2,b:1`; what does not fit is counted. */
function listed(counts: readonly (readonly [string, number])[]): string {
  const shown = counts.slice(0, SHOWN_CLUSTERS).map(([name, count]) => `${name}:${count}`);
  const more = counts.length - shown.length;
  return more > 0 ? `${shown.join(',')},+${more}` : shown.join(',');
}

/** The summary of what is held and what is being done. */
export function deploymentSummary(state: DeploymentState): DeploymentSummary {
  const { workload, figures } = state;
  return {
    ready: `${wholeUnits(figures.readyUnits)}/${workload.replicas}`,
    gpus: figures.accelerators,
    clusters: listed(figures.replicasByCluster),
    hourlyUSD: figures.hourly.toFixed(2),
    state: stateWord(state),
    accelerators: listed(figures.acceleratorsByModel),
  };
}

/** The most urgent thing to say, in one word. */
function stateWord({
  workload,
  figures,
  plan,
  migration,
  holdings,
  deleting,
}: DeploymentState): DeploymentSummary['state'] {
  const wanted = unitsToMilli(workload.replicas);
  if (deleting) return 'Deleting';
  if (wanted === 0) return 'ScaledToZero';
  if (plan === null && holdings.length === 0) return 'Pending';
  if (migration.phase !== 'Idle' && migration.reason === 'Evacuation') return 'Evacuating';
  if (plan !== null && plan.unplaced !== null) return 'Unplaced';
  if (migration.phase !== 'Idle') return movingWord(migration.reason);
  if (figures.readyUnits >= wanted) return 'Serving';
  if (figures.readyUnits + figures.unknownUnits >= wanted) return 'Unknown';
  return holdings.some(({ record }) => record.phase === 'Starting') ? 'Starting' : 'Degraded';
}

type MoveReason = Exclude<DeploymentState['migration'], { readonly phase: 'Idle' }>['reason'];

function movingWord(reason: MoveReason): DeploymentSummary['state'] {
  switch (reason) {
    case 'Initial':
    case 'Scale':
      return 'Starting';
    case 'Price':
    case 'Rules':
    case 'Capacity':
      return 'Moving';
    case 'Evacuation':
      return 'Evacuating';
    case 'Failback':
      return 'FailingBack';
    default:
      return assertNever(reason);
  }
}
