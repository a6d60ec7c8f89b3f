/** Reads an InferenceDeployment, from an API server or a file, into a Workload; the door is parseInferenceDeployment. */
import { acceleratorOf } from '../model/accelerators.ts';
import type { JsonObject } from '../model/json.ts';
import { namespaceName, regionName, workloadKey } from '../model/names.ts';
import type { TrafficRouting } from '../model/traffic-routing.ts';
import { unitsToMilli, usdPerHour, type Fraction, type Millis } from '../model/units.ts';
import type { LabelSelector, PlacementRules, Shape, Workload } from '../model/workload.ts';
import { identityOf } from './identity.ts';
import { INFERENCE_DEPLOYMENT_RULES } from './inference-deployment-rules.ts';
import type { Issue } from './issue.ts';
import { parseDecimal } from './parse-decimal.ts';
import { parseDuration } from './parse-duration.ts';
import { readObject } from './parse-object.ts';
import { parsePercentage } from './parse-percentage.ts';
import { recordedDeployment, type RecordedDeployment } from './recorded-deployment.ts';
import { required } from './required.ts';
import { servingTemplate } from './serving-template.ts';
import type {
  AcceleratorShape,
  ClusterSelector,
  InferenceDeploymentSpec,
  InferenceDeploymentStatus,
  ObjectMeta,
  PlacementSpec,
  TrafficSpec,
} from './wire-types.ts';

/** What is recorded is told even when the spec cannot be read: what runs must not be forgotten because of a typo. */
export type ParsedInferenceDeployment =
  | {
      readonly ok: true;
      readonly workload: Workload;
      /** null: nothing is said about traffic. */
      readonly routing: TrafficRouting | null;
      readonly recorded: RecordedDeployment;
      /** The status as it stands, for rendering the next one; null before the first. */
      readonly status: InferenceDeploymentStatus | null;
    }
  | {
      readonly ok: false;
      readonly issues: readonly Issue[];
      readonly recorded: RecordedDeployment;
      readonly status: InferenceDeploymentStatus | null;
    };

/**
 * Parses an object that may come from anywhere: defaults are applied, unknown fields refused, and every issue names the
 * field and the way out. Without a namespace it is in "default", without a uid it is known by its key.
 */
export function parseInferenceDeployment(input: unknown): ParsedInferenceDeployment {
  const { metadata, spec, status, issues } = readObject<InferenceDeploymentSpec, InferenceDeploymentStatus>(
    'InferenceDeployment',
    input,
    INFERENCE_DEPLOYMENT_RULES,
  );
  const recorded = recordedDeployment(status);
  if (metadata === null || spec === null || issues.length > 0) return { ok: false, issues, recorded, status };
  return { ok: true, workload: workloadOf(metadata, spec, status), routing: routingOf(spec.traffic), recorded, status };
}

function workloadOf(
  metadata: ObjectMeta,
  spec: InferenceDeploymentSpec,
  status: InferenceDeploymentStatus | null,
): Workload {
  const namespace = namespaceName(metadata.namespace ?? 'default');
  const key = workloadKey(namespace, metadata.name);
  const { availability, budget, migration, failover, traffic } = spec;
  const { port, probe } = traffic ?? {};
  return {
    key,
    namespace,
    name: metadata.name,
    uid: identityOf(metadata, status) ?? key,
    generation: metadata.generation ?? 1,
    ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
    replicas: spec.replicas,
    shapes: spec.accelerators.map(shapeOf),
    template: servingTemplate(spec.template as unknown as JsonObject, routingOf(spec.traffic)),
    placement: placementRulesOf(spec.placement),
    // By default every move starts the new before it stops the old.
    minReady: availability.minReady ?? spec.replicas,
    availabilityTarget: share(availability.target),
    maxHourly: budget?.maxHourlyUSD === undefined ? null : usdPerHour(decimal(budget.maxHourlyUSD)),
    migration: {
      minSavings: share(migration.minSavings),
      payback: duration(migration.payback),
      maxSurge: migration.maxSurge,
      cooldown: duration(migration.cooldown),
    },
    failover: {
      blindAfter: duration(failover.blindAfter),
      failback: {
        mode: isAllowedBack(metadata) ? 'Automatic' : failover.failback.mode,
        stabilization: duration(failover.failback.stabilization),
      },
    },
    traffic: port === undefined || probe === undefined ? null : { port, probePath: probe.path },
    priority: spec.priority,
  };
}

/** By this annotation a person lets one whose failback is Manual go back. */
export const FAILBACK_ANNOTATION = 'tradewind.dev/failback';

const isAllowedBack = ({ annotations }: ObjectMeta): boolean => annotations?.[FAILBACK_ANNOTATION] === 'allowed';

const shapeOf = ({ model, count, capacity, args, env, image }: AcceleratorShape): Shape => ({
  accelerator: required(acceleratorOf(model), `accelerator ${model}`).model,
  count,
  capacity: unitsToMilli(decimal(capacity)),
  overrides: {
    args: args ?? null,
    env: (env as unknown as readonly JsonObject[] | undefined) ?? null,
    image: image ?? null,
  },
});

const placementRulesOf = (placement: PlacementSpec): PlacementRules => ({
  providers: placement.providers ?? null,
  regions: placement.regions?.map(regionName) ?? null,
  clusterSelector: placement.clusterSelector === undefined ? null : selectorOf(placement.clusterSelector),
  maxPerProvider: placement.maxPerProvider === undefined ? null : share(placement.maxPerProvider),
  maxPerCluster: placement.maxPerCluster === undefined ? null : share(placement.maxPerCluster),
  minClusters: placement.minClusters,
  whenUnsatisfiable: placement.whenUnsatisfiable,
  spot: placement.spot,
  onDemandBase: placement.onDemandBase,
});

const selectorOf = ({ matchLabels, matchExpressions }: ClusterSelector): LabelSelector => ({
  matchLabels: matchLabels ?? {},
  matchExpressions: (matchExpressions ?? []).map(({ key, operator, values }) => ({
    key,
    operator,
    values: values ?? [],
  })),
});

function routingOf(traffic: TrafficSpec | undefined): TrafficRouting | null {
  if (traffic === undefined) return null;
  const { port, gateway, dns, inferencePool } = traffic;
  const own = { port, ...(inferencePool === undefined ? {} : { picker: inferencePool.endpointPicker }) };
  if (dns) return { ...own, via: { kind: 'Dns', hostname: dns.hostname, ttl: duration(dns.ttl) } };
  if (!gateway) return { ...own, via: { kind: 'Service' } };
  const { name, namespace = null, sectionName = null, hostnames = [] } = gateway;
  return { ...own, via: { kind: 'Gateway', name, namespace, sectionName, hostnames } };
}

const share = (text: string): Fraction => required(parsePercentage(text), `percentage ${text}`);
const duration = (text: string): Millis => required(parseDuration(text), `duration ${text}`);
const decimal = (text: string): number => required(parseDecimal(text), `decimal ${text}`);
