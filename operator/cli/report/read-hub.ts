/** Reads what a hub says of its fleet, with a person's kubeconfig. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describeIssues } from '../../api/issue.ts';
import { FLEET_POLICIES, FLEET_POLICY_NAME, INFERENCE_DEPLOYMENTS, MEMBER_CLUSTERS } from '../../api/resources.ts';
import { createKubeClient } from '../../kube/client-node-client.ts';
import { fixedAccess } from '../../kube/cluster-access.ts';
import type { KubeClient, KubeObject } from '../../kube/kube-client.ts';
import { parseKubeconfig } from '../../kube/kubeconfig.ts';
import type { Clock } from '../../model/clock.ts';
import { TerminalError } from '../../model/errors.ts';
import type { FleetSnapshot } from '../../model/fleet.ts';
import { seconds } from '../../model/units.ts';
import { createMetrics } from '../../runtime/metrics.ts';
import { isRead, readMember, readPolicy, readWorkload, snapshotOf, type Read } from '../plan/fleet-objects.ts';

/** Where kubectl looks too. */
export const DEFAULT_KUBECONFIG = join(homedir(), '.kube', 'config');

/** A client of the hub as whoever the kubeconfig names; throws TerminalError(Invalid) that says which field is wrong. */
export function connectHub(path: string, clock: Clock): KubeClient {
  const parsed = parseKubeconfig(readText(path), { profile: 'own' });
  if (!parsed.ok) throw invalid(`the kubeconfig ${path} cannot be used: ${parsed.field}: ${parsed.message}`);
  return createKubeClient({
    ...fixedAccess(parsed.access),
    allowLoopback: true,
    clock,
    metrics: createMetrics(),
    host: 'hub',
    userAgent: 'tradewind-cli',
    fieldManager: 'tradewind-cli',
    requestTimeout: seconds(15),
    watchInactivity: seconds(180), // nothing is watched here
  });
}

const invalid = (message: string, cause?: unknown): TerminalError =>
  new TerminalError(message, { code: 'Invalid', cause });

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw invalid(`the kubeconfig ${path} cannot be read; name another one with --kubeconfig`, cause);
  }
}

export interface HubFleet {
  readonly fleet: FleetSnapshot;
  /** One sentence for each object that cannot be read and was left out, as the operator leaves it out. */
  readonly notes: readonly string[];
}

/** The fleet as the hub's objects describe it. */
export async function readHub(client: Pick<KubeClient, 'list'>, clock: Clock, signal: AbortSignal): Promise<HubFleet> {
  const [members, deployments, policies] = await Promise.all(
    [MEMBER_CLUSTERS, INFERENCE_DEPLOYMENTS, FLEET_POLICIES].map((type) => client.list(type, {}, signal)),
  );
  const notes: string[] = [];
  const kept = <Value>(kind: string, objects: readonly KubeObject[], read: (object: KubeObject) => Read<Value>) =>
    objects.flatMap((object): readonly Value[] => {
      const outcome = read(object);
      if (isRead(outcome)) return [outcome.value];
      notes.push(`${kind} ${object.metadata.name} is left out: ${describeIssues(outcome.issues)}`);
      return [];
    });
  const options = { strict: false, now: clock.now() };
  const inForce = (policies?.items ?? []).filter(({ metadata }) => metadata.name === FLEET_POLICY_NAME);
  const fleet = snapshotOf(
    {
      members: kept('MemberCluster', members?.items ?? [], (it) =>
        readMember(enveloped(it, MEMBER_CLUSTERS.kind), options),
      ),
      workloads: kept('InferenceDeployment', deployments?.items ?? [], (it) =>
        readWorkload(enveloped(it, INFERENCE_DEPLOYMENTS.kind), options),
      ),
      policy: kept('FleetPolicy', inForce, (it) => readPolicy(enveloped(it, FLEET_POLICIES.kind)))[0] ?? null,
    },
    options.now,
  );
  return { fleet, notes };
}

/** Items of a list may come without kind and version, which the list names once. */
const enveloped = (object: KubeObject, kind: string): KubeObject => ({
  ...object,
  apiVersion: object.apiVersion ?? `${MEMBER_CLUSTERS.group}/${MEMBER_CLUSTERS.version}`,
  kind: object.kind ?? kind,
});
