/** What is checked before anything is injected. Each check ends in what to do next. */
import type { Drill, PreflightCheck } from '../../model/drill.ts';
import type { DrillPrediction } from '../../model/drill-readings.ts';
import type { FleetSnapshot } from '../../model/fleet.ts';
import type { OfferingId } from '../../model/names.ts';
import { milliToUnits } from '../../model/units.ts';
import { counted } from './counted.ts';
import { selects } from '../placement/label-selector.ts';
import { forbiddenBy } from './drill-policy.ts';
import { expectsMoves, isStruck } from './hit-by.ts';
import { doubtful, realIncident } from './real-incident.ts';
import type { SteadyState } from './steady-state.ts';
import type { FoundTargets } from './targets-of.ts';
import { heldUnits, sum, touchedBy } from './touched.ts';

export interface PreflightInput {
  readonly drill: Drill;
  /** The truth. */
  readonly fleet: FleetSnapshot;
  readonly found: FoundTargets;
  readonly prediction: DrillPrediction;
  /** Offerings of survivors that refuse capacity; left out: none. */
  readonly refused?: readonly OfferingId[];
  /** What the probes of the phase Before said. */
  readonly steady: SteadyState;
}

type Check = (input: PreflightInput) => PreflightCheck;
type Name = PreflightCheck['check'];

const passed = (check: Name, message: string): PreflightCheck => ({ check, result: 'Passed', message });
const failed = (check: Name, message: string): PreflightCheck => ({ check, result: 'Failed', message });
const warned = (check: Name, message: string): PreflightCheck => ({ check, result: 'Warning', message });

/** More targets do not fit into a status. */
const MOST_TARGETS = 5000;
const SHOWN = 3; // names in a message

const names = (all: readonly string[]): string =>
  all.length <= SHOWN ? all.join(', ') : `${all.slice(0, SHOWN).join(', ')} and ${all.length - SHOWN} more`;

const policy: Check = ({ drill, fleet }) => {
  const why = forbiddenBy(fleet.policy, drill.spec.mode);
  return why === null ? passed('Policy', `The policy allows mode ${drill.spec.mode}.`) : failed('Policy', `${why}.`);
};

const targets: Check = ({ found: { clusters, unknown, targets: all } }) => {
  if (unknown.length > 0)
    return failed('Targets', `There is no MemberCluster ${names(unknown)}; correct spec.failure.`);
  if (clusters.length === 0) return failed('Targets', 'No MemberCluster matches spec.failure; correct it.');
  if (all.length === 0)
    return failed('Targets', 'Nothing is placed on the targets, so nothing could be learned; choose others.');
  if (all.length > MOST_TARGETS)
    return failed(
      'Targets',
      `${all.length} placements are more than the ${MOST_TARGETS} that one drill can look after; choose fewer.`,
    );
  return passed('Targets', `What is touched: ${counted(all.length, 'placement')} on ${names(clusters)}.`);
};

const optIn: Check = ({ drill, fleet, found }) => {
  const refusing = touchedBy(found.targets, fleet).filter(
    ({ workload }) => !selects(drill.spec.deployments, workload.labels ?? {}),
  );
  if (refusing.length === 0) return passed('OptIn', 'Every deployment on the targets may be touched.');
  const who = names(refusing.map(({ workload }) => workload.key));
  return failed(
    'OptIn',
    `${who} does not match spec.deployments; label it tradewind.dev/drill=allowed, or choose other targets.`,
  );
};

const blastRadius: Check = ({ drill, fleet, found }) => {
  const { maxClusters, maxDeployments, maxReplicas } = drill.spec.blastRadius;
  const views = touchedBy(found.targets, fleet);
  const struck = { failure: drill.spec.failure, clusters: found.clusters };
  const onTargets = sum(views.map((view) => heldUnits(view, (it) => isStruck(struck, it))));
  const all = sum(views.map((view) => heldUnits(view)));
  if (found.clusters.length > maxClusters)
    return failed(
      'BlastRadius',
      `${counted(found.clusters.length, 'cluster')} would be hit; raise blastRadius.maxClusters from ${maxClusters}, or choose fewer.`,
    );
  if (maxDeployments !== null && views.length > maxDeployments)
    return failed(
      'BlastRadius',
      `${counted(views.length, 'deployment')} would be hit; raise blastRadius.maxDeployments from ${maxDeployments}, or choose fewer.`,
    );
  if (maxReplicas !== null && onTargets > maxReplicas * all)
    return failed(
      'BlastRadius',
      `${percent(onTargets / all)} of what the touched deployments hold is on the targets; raise blastRadius.maxReplicas, or choose fewer.`,
    );
  return passed(
    'BlastRadius',
    `What is hit is within the bounds: ${counted(views.length, 'deployment')} on ${counted(found.clusters.length, 'cluster')}.`,
  );
};

const credentials: Check = ({ fleet, found }) => {
  const refused = fleet.members
    .filter(({ verdict }) => verdict.reason === 'CredentialsRejected')
    .map(({ name }) => name);
  if (refused.length === 0) return passed('Credentials', 'Every member accepts the credentials.');
  const message = `${names(refused)} refuses the credentials; renew them first.`;
  return refused.some((name) => found.clusters.includes(name))
    ? failed('Credentials', message)
    : warned('Credentials', message);
};

const noIncident: Check = ({ fleet, found }) => {
  const incident = realIncident(fleet);
  if (incident !== null) return failed('NoIncident', `${incident}; wait until that is over.`);
  const doubted = doubtful(fleet).map(({ name }) => name);
  if (doubted.length === 0) return passed('NoIncident', 'Every member is well.');
  const message = `It is in doubt whether ${names(doubted)} is well; wait until it is.`;
  return doubted.some((name) => found.clusters.includes(name))
    ? failed('NoIncident', message)
    : warned('NoIncident', message);
};

const survivorCapacity: Check = ({ drill, prediction: { units, placeable }, refused = [] }) => {
  if (!expectsMoves(drill.spec)) return passed('SurvivorCapacity', 'Nothing has to move, so no room is needed.');
  const scarce = refused.length === 0 ? '' : ` while ${counted(refused.length, 'offering')} refuse capacity`;
  const room = `${milliToUnits(placeable)} of ${milliToUnits(units)} units on the targets find room elsewhere${scarce}`;
  const enough = placeable >= drill.spec.blastRadius.survivorCapacity * units;
  return enough
    ? passed('SurvivorCapacity', `${room}.`)
    : failed('SurvivorCapacity', `${room}; add capacity, or lower blastRadius.survivorCapacity.`);
};

const freezeThreshold: Check = ({ drill, prediction }) => {
  if (!prediction.wouldFreeze) return passed('FreezeThreshold', 'The operator would act on the loss of these members.');
  const message =
    'If these members were really lost at once the operator would suspect itself and hold still; choose fewer, or raise freezeThreshold of FleetPolicy default.';
  // A drain is no loss: the operator carries it out in any case.
  return drill.spec.mode === 'DrainGraceful' ? warned('FreezeThreshold', message) : failed('FreezeThreshold', message);
};

const steadyState: Check = ({ steady }) => {
  const [first] = [...steady.broken, ...steady.waiting.map((name) => `probe ${name} has not answered`)];
  if (first !== undefined) return failed('SteadyState', `${first}; see to it before a drill.`);
  const [noted] = steady.noted;
  return noted === undefined
    ? passed('SteadyState', 'Every probe holds.')
    : warned('SteadyState', `${noted}; it is only written down.`);
};

const CHECKS: readonly Check[] = [
  policy,
  targets,
  optIn,
  blastRadius,
  credentials,
  noIncident,
  survivorCapacity,
  freezeThreshold,
  steadyState,
];

/** What a dry run, which touches nothing, only remarks on. */
const REMARKED: readonly Name[] = [
  'OptIn',
  'BlastRadius',
  'NoIncident',
  'Credentials',
  'FreezeThreshold',
  'SteadyState',
];

/** Every check, in the order in which a person would go through them. */
export function preflight(input: PreflightInput): readonly PreflightCheck[] {
  const isDryRun = input.drill.spec.mode === 'DryRun';
  return CHECKS.map((check) => check(input)).map((it) =>
    isDryRun && it.result === 'Failed' && REMARKED.includes(it.check) ? { ...it, result: 'Warning' } : it,
  );
}

const percent = (share: number): string => `${Math.round(share * 100)}%`;
