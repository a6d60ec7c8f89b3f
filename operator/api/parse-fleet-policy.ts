/** Reads the FleetPolicy; the door is parseFleetPolicy. Without one in the fleet, DEFAULT_FLEET_POLICY is in force. */
import type { FleetPolicy, SheddingPolicy } from '../model/fleet.ts';
import { namespaceName, type NamespaceName } from '../model/names.ts';
import { usdPerHour, type UsdPerHour } from '../model/units.ts';
import type { Issue } from './issue.ts';
import { parseDecimal } from './parse-decimal.ts';
import { parseDuration } from './parse-duration.ts';
import { readObject } from './parse-object.ts';
import { parsePercentage } from './parse-percentage.ts';
import { required } from './required.ts';
import { FLEET_POLICY_NAME } from './resources.ts';
import { validateSchema } from './validate-schema.ts';
import { schemaOf } from './wire-schema.ts';
import type { FleetPolicySpec, FleetPolicyStatus } from './wire-types.ts';

export type ParsedFleetPolicy =
  | {
      readonly ok: true;
      readonly policy: FleetPolicy;
      readonly generation: number;
      readonly status: FleetPolicyStatus | null;
    }
  | { readonly ok: false; readonly issues: readonly Issue[]; readonly status: FleetPolicyStatus | null };

/** Parses an object that may come from anywhere, as parseInferenceDeployment does. */
export function parseFleetPolicy(input: unknown): ParsedFleetPolicy {
  const read = readObject<FleetPolicySpec, FleetPolicyStatus>('FleetPolicy', input, []);
  const { metadata, spec, status } = read;
  const misnamed = metadata !== null && metadata.name !== FLEET_POLICY_NAME;
  const message = 'the one FleetPolicy is named default; name it so';
  const issues = [...read.issues, ...(misnamed ? [{ path: 'metadata.name', message }] : [])];
  if (metadata === null || spec === null || issues.length > 0) return { ok: false, issues, status };
  return { ok: true, policy: policyOf(spec), generation: metadata.generation ?? 1, status };
}

function policyOf(spec: FleetPolicySpec): FleetPolicy {
  const shares = Object.entries(spec.maxSpendShare).map(([provider, share]) => [
    provider,
    required(parsePercentage(share), `percentage ${share}`),
  ]);
  return {
    maxSpendShare: Object.fromEntries(shares) as FleetPolicy['maxSpendShare'],
    namespaceBudgets: budgetsOf(spec),
    fleetBudget: spec.budget?.maxHourlyUSD === undefined ? null : amount(spec.budget.maxHourlyUSD),
    concurrentMoves: spec.concurrentMoves,
    evacuationParallelism: spec.evacuationParallelism,
    priceAgeLimit: required(parseDuration(spec.priceAgeLimit), `duration ${spec.priceAgeLimit}`),
    freezeThreshold: required(parsePercentage(spec.freezeThreshold), `percentage ${spec.freezeThreshold}`),
    allowedNamespaces: spec.allowedNamespaces?.map(namespaceName) ?? null,
    shedding: sheddingOf(spec),
    drills: spec.drills,
  };
}

function sheddingOf({ shedding }: FleetPolicySpec): SheddingPolicy | null {
  if (!shedding.enabled) return null;
  const { maxPriority = null, minPriorityGap, belowMinReady } = shedding;
  return { maxPriority, minPriorityGap, belowMinReady };
}

const budgetsOf = ({ namespaceBudgets }: FleetPolicySpec): Readonly<Record<NamespaceName, UsdPerHour>> =>
  Object.fromEntries((namespaceBudgets ?? []).map(({ namespace, maxHourlyUSD }) => [namespace, amount(maxHourlyUSD)]));

const amount = (text: string): UsdPerHour => usdPerHour(required(parseDecimal(text), `amount ${text}`));

/** What is in force without a FleetPolicy: the schema's defaults. */
export const DEFAULT_FLEET_POLICY: FleetPolicy = policyOf(
  validateSchema(schemaOf('FleetPolicy', 'spec'), {}, { path: 'spec', unknownFields: 'Refuse' })
    .value as FleetPolicySpec,
);
