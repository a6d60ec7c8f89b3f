/** From the solved problem back to words: placements, what they cost, what was bent, what found no place and why. */
import type { WorkloadView } from '../../model/fleet.ts';
import type { PlannedPlacement, WorkloadPlan } from '../../model/plan.ts';
import { milliToUnits, milliUnits, usdPerHour } from '../../model/units.ts';
import { dollars } from './blocked-by.ts';
import { changeReason } from './change-reason.ts';
import type { CompiledFleet } from './compile-problem.ts';
import { costTermsOf, explainCandidates, moveShareAt } from './explain-candidates.ts';
import { explainUnplaced } from './explain-unplaced.ts';
import { isWanted } from './kept-holdings.ts';
import type { OfferingSite } from './offering-site.ts';
import { shapeAt } from './offering-site.ts';
import type { Deployment, Placed } from './problem.ts';
import type { Relaxed } from './soft-rules.ts';
import { relaxedRules } from './soft-rules.ts';
import type { Solved } from './solved-fleet.ts';
import { wakeAtOf } from './wake-at.ts';

export function describeWorkload(solved: Solved, index: number): WorkloadPlan {
  const { compiled, state } = solved;
  const view = compiled.views[index] as WorkloadView;
  const deployment = compiled.problem.deployments[index] as Deployment;
  const places = state.placesOf(index).toSorted((a, b) => a.offering - b.offering);
  const placements = places.map((place) => placementOf(solved, index, place));
  const relaxed = relaxedRules({ workload: view.workload, deployment, places, compiled });
  const short = deployment.need - placements.reduce((sum, { units }) => sum + units, 0);
  const reasons = short > 0 ? explainUnplaced({ compiled, state, index }, solved.rooms) : [];
  const unplaced = short > 0 ? { units: milliUnits(short), reasons } : null;
  const hourly = usdPerHour(placements.reduce((sum, each) => sum + each.hourly, 0));
  const change = changeReason({
    view,
    placements,
    compiled,
    voluntary: solved.voluntary.get(index) ?? null,
    keepsMoreRules:
      bentBy(relaxed) <
      bentBy(relaxedRules({ workload: view.workload, deployment, places: heldPlaces(view, compiled), compiled })),
  });
  return {
    key: view.workload.key,
    placements,
    change,
    unplaced,
    relaxed,
    candidates: explainCandidates({ compiled, state, index, placements }, solved.candidateLimit),
    hourly,
    onDemandHourly: compiled.lists.onDemandHourly(
      view.workload,
      milliUnits(Math.min(deployment.need, deployment.need - short)),
    ),
    summary: summaryOf({ view, placements, relaxed, unplaced, hourly }),
    wakeAt: wakeAtOf(solved, index, short > 0 || relaxed.length > 0),
  };
}

function placementOf(solved: Solved, index: number, place: Placed): PlannedPlacement {
  const { compiled } = solved;
  const site = compiled.index.sites[place.offering] as OfferingSite;
  const { id, cluster, pool, zone, capacityType, accelerator } = site.offering;
  return {
    offering: id,
    cluster,
    pool,
    zone,
    capacityType,
    accelerator,
    replicas: place.replicas,
    units: milliUnits(place.replicas * place.units),
    hourly: usdPerHour(place.replicas * place.count * (site.perAcceleratorHour ?? 0)),
    cost: costTermsOf(site, { count: place.count, capacity: place.units }, moveShareAt({ compiled, index }, site)),
  };
}

/** What is held and wanted, as places. */
function heldPlaces(view: WorkloadView, compiled: CompiledFleet): Placed[] {
  return view.holdings.filter(isWanted).flatMap((holding): Placed[] => {
    const site = compiled.index.byId.get(holding.offering);
    const shape = site ? shapeAt(view.workload, site) : null;
    if (!site || !shape) return [];
    return [{ offering: site.index, count: shape.count, units: shape.capacity, replicas: holding.record.replicas }];
  });
}

const bentBy = (relaxed: readonly Relaxed[]): number => relaxed.reduce((sum, { by }) => sum + by, 0);

type Told = Pick<WorkloadPlan, 'placements' | 'relaxed' | 'unplaced' | 'hourly'> & { readonly view: WorkloadView };

/** For instance: "6 of 6 units on aws-a/h100/a (4 replicas), azure-b/h100/1 (2 replicas) for $24.00 an hour". */
function summaryOf({ view, placements, relaxed, unplaced, hourly }: Told): string {
  const wanted = view.workload.replicas;
  const first = unplaced?.reasons[0];
  const why = first ? `; ${milliToUnits(unplaced.units)} find no place: ${first.message}` : '';
  const bent = relaxed.length > 0 ? `; bent: ${relaxed.map(({ message }) => message).join(', ')}` : '';
  if (placements.length === 0) return `0 of ${wanted} units are placed${why}`;
  const places = placements.map(
    ({ offering, replicas }) => `${offering} (${replicas} replica${replicas === 1 ? '' : 's'})`,
  );
  const placed = wanted - (unplaced ? milliToUnits(unplaced.units) : 0);
  return `${placed} of ${wanted} units on ${places.join(', ')} for ${dollars(hourly)} an hour${bent}${why}`;
}
