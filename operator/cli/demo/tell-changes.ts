/** Says what changed between two reports, a line for each thing a person would want to hear of. */
import type { DeploymentReport, DrillRunReport, FleetReport, MemberReport } from './fleet-report.ts';

export interface Told {
  readonly tone: 'good' | 'bad' | 'plain';
  readonly text: string;
}

/** What is new in `after`. */
export function tellChanges(before: FleetReport, after: FleetReport): readonly Told[] {
  return [
    ...after.members.flatMap((member) => memberChange(before.members, member)),
    ...after.drills.flatMap((drill) => drillChange(before.drills, drill)),
    ...after.deployments.flatMap((it) => deploymentChanges(before.deployments, it)),
  ];
}

function memberChange(before: readonly MemberReport[], { name, verdict, reason }: MemberReport): readonly Told[] {
  const earlier = before.find((it) => it.name === name)?.verdict ?? null;
  if (verdict === null || verdict === earlier || (earlier === null && verdict === 'Suspect')) return [];
  return [{ tone: verdict === 'Healthy' ? 'good' : 'bad', text: `${name} is ${verdict} (${reason})` }];
}

/** A phase that begins, and how it ended; what it waits for in between is no news. */
function drillChange(
  before: readonly DrillRunReport[],
  { name, phase, message, outcome }: DrillRunReport,
): readonly Told[] {
  const earlier = before.find((it) => it.name === name);
  if (outcome !== null && (earlier?.outcome ?? null) === null) {
    return [{ tone: outcome === 'Succeeded' ? 'good' : 'bad', text: `drill ${name} ${outcome}: ${message}` }];
  }
  if (!TOLD_PHASES.has(phase) || earlier?.phase === phase) return [];
  return [{ tone: 'plain', text: `drill ${name}, ${phase}: ${message}` }];
}

const TOLD_PHASES: ReadonlySet<string> = new Set(['Announced', 'Injecting', 'Aborting', 'Restoring']);

function deploymentChanges(before: readonly DeploymentReport[], now: DeploymentReport): readonly Told[] {
  const earlier = before.find((it) => it.name === now.name);
  const told: Told[] = [];
  // A decision is taken again whenever a candidate fares otherwise; that is no news as long as it says the same.
  if (now.decision !== null && wordsOf(now) !== wordsOf(earlier)) told.push({ tone: 'plain', text: wordsOf(now) });
  if (now.ready !== (earlier?.ready ?? 0)) {
    const text = `${now.name} has ${now.ready} of ${now.wanted} units ready`;
    const tone = now.ready >= now.wanted ? 'good' : now.ready < (earlier?.ready ?? 0) ? 'bad' : 'plain';
    told.push({ tone, text });
  }
  return told;
}

const wordsOf = (report: DeploymentReport | undefined): string =>
  report?.decision ? `${report.name}, ${report.decision.trigger}: ${report.decision.summary}` : '';
