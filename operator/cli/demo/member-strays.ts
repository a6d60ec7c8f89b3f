/** Compares what runs on the members with what status says: what is missing, what is left over, what runs twice. */
import { MANAGED_SELECTOR, OFFERING_ANNOTATION, OWNER_ANNOTATION } from '../../api/ownership.ts';
import { DEPLOYMENTS } from '../../kube/builtin-resources.ts';
import type { KubeClient, KubeObject } from '../../kube/kube-client.ts';
import type { FleetReport } from './fleet-report.ts';

/** Replicas of a deployment on an offering; null: no Deployment is there. */
type Replicas = ReadonlyMap<string, number>;

/** One sentence for each difference on the members that can be reached; none when they run exactly what status says. */
export async function findStrays(
  members: ReadonlyMap<string, KubeClient>,
  report: FleetReport,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const reachable = report.fleet.members.filter(({ verdict }) => verdict.unreachableSince === null);
  const strays = await Promise.all(
    reachable.map(async ({ name }) => {
      const list = await members.get(name)?.list(DEPLOYMENTS, { labelSelector: MANAGED_SELECTOR }, signal);
      return differences(recordedOn(report, name), runningOn(list?.items ?? []));
    }),
  );
  return strays.flat();
}

function recordedOn({ fleet }: FleetReport, cluster: string): Replicas {
  const holdings = fleet.workloads.flatMap(({ workload, holdings }) =>
    holdings.map(({ offering, record }) => ({ key: `${workload.key} on ${offering}`, record })),
  );
  return new Map(
    holdings.filter(({ record }) => record.cluster === cluster).map(({ key, record }) => [key, record.replicas]),
  );
}

function runningOn(deployments: readonly KubeObject[]): Replicas {
  return new Map(
    deployments.map(({ metadata: { annotations }, ...object }) => {
      const { replicas = 1 } = (object['spec'] ?? {}) as { readonly replicas?: number };
      return [`${annotations?.[OWNER_ANNOTATION]} on ${annotations?.[OFFERING_ANNOTATION]}`, replicas];
    }),
  );
}

function differences(recorded: Replicas, running: Replicas): readonly string[] {
  const keys = [...new Set([...recorded.keys(), ...running.keys()])].sort();
  return keys
    .filter((key) => recorded.get(key) !== running.get(key))
    .map((key) => `${key}: status says ${recorded.get(key) ?? 'none'}, the member runs ${running.get(key) ?? 'none'}`);
}
