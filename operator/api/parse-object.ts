/** What parsing the custom resources has in common: the envelope, the spec by its schema and rules, the status. */
import type { Issue } from './issue.ts';
import { API_VERSION } from './resources.ts';
import { isObject, validateSchema } from './validate-schema.ts';
import { schemaOf, type WireKind } from './wire-schema.ts';
import type { ObjectMeta } from './wire-types.ts';

/** A rule beyond the schema: what CEL says in the CustomResourceDefinition, in the same words. */
export interface SpecRule<Spec> {
  readonly message: string;
  /** Paths of the fields that break it, below the object; none when it holds. */
  readonly breaches: (spec: Spec) => readonly string[];
}

/** An object whose envelope could be read; spec is null when it has issues. */
export interface ReadObject<Spec, Status> {
  readonly metadata: ObjectMeta | null;
  readonly spec: Spec | null;
  /** null when there is none, or none that can be read. */
  readonly status: Status | null;
  readonly issues: readonly Issue[];
}

const ENVELOPE = ['apiVersion', 'kind', 'metadata', 'spec', 'status'];

/**
 * Reads an object of `kind` as if no API server had validated it. The types are those generated from the schema that it
 * is validated by. A status that cannot be read is an issue too, because it holds what must not be forgotten.
 */
export function readObject<Spec, Status>(
  kind: WireKind,
  input: unknown,
  rules: readonly SpecRule<Spec>[],
): ReadObject<Spec, Status> {
  if (!isObject(input)) {
    const issues = [{ path: '', message: `must be a ${kind}: an object with apiVersion, kind, metadata and spec` }];
    return { metadata: null, spec: null, status: null, issues };
  }
  const given = input['spec'] ?? (kind === 'FleetPolicy' ? {} : undefined);
  const spec =
    given === undefined
      ? { value: null, issues: [{ path: 'spec', message: 'is required; add it' }] }
      : validateSchema(schemaOf(kind, 'spec'), given, { path: 'spec', unknownFields: ofSpec(input) });
  const status = validateSchema(schemaOf(kind, 'status'), input['status'] ?? {}, {
    path: 'status',
    unknownFields: 'Drop',
  });
  const broken = spec.issues.length > 0 ? [] : brokenRules(rules, spec.value as Spec);
  const specIssues = [...envelopeIssues(kind, input), ...spec.issues, ...broken];
  return {
    metadata: isObject(input['metadata']) ? (input['metadata'] as unknown as ObjectMeta) : null,
    spec: specIssues.length > 0 ? null : (spec.value as Spec),
    status: isObject(input['status']) && status.issues.length === 0 ? (status.value as Status) : null,
    issues: [...specIssues, ...status.issues],
  };
}

/**
 * Where one is stored, the definition has let its fields in: those not known here are of a newer one, which is there
 * before its operator is, and after it when a release is rolled back.
 */
const ofSpec = ({ metadata }: Readonly<Record<string, unknown>>): 'Refuse' | 'Drop' =>
  isObject(metadata) && typeof metadata['uid'] === 'string' ? 'Drop' : 'Refuse';

const brokenRules = <Spec>(rules: readonly SpecRule<Spec>[], spec: Spec): readonly Issue[] =>
  rules.flatMap(({ message, breaches }) => breaches(spec).map((path) => ({ path, message })));

function envelopeIssues(kind: WireKind, input: Readonly<Record<string, unknown>>): readonly Issue[] {
  const issues: Issue[] = [];
  if (input['apiVersion'] !== API_VERSION) issues.push({ path: 'apiVersion', message: `must be ${API_VERSION}` });
  if (input['kind'] !== kind) issues.push({ path: 'kind', message: `must be ${kind}` });
  for (const name of Object.keys(input))
    if (!ENVELOPE.includes(name))
      issues.push({ path: name, message: `unknown field; remove it or use one of ${ENVELOPE.join(', ')}` });
  return [...issues, ...metadataIssues(input['metadata'])];
}

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Of the metadata only what is read is looked at: the rest is the API server's. */
function metadataIssues(metadata: unknown): readonly Issue[] {
  if (!isObject(metadata)) return [{ path: 'metadata', message: 'is required; add it with a name' }];
  const { name, namespace, labels, annotations } = metadata;
  const issues: Issue[] = [];
  if (typeof name !== 'string' || name.length > 253 || !SUBDOMAIN.test(name))
    issues.push({
      path: 'metadata.name',
      message: 'must be lower-case letters, digits, dashes and dots, as in a DNS name',
    });
  if (namespace !== undefined && typeof namespace !== 'string')
    issues.push({ path: 'metadata.namespace', message: 'must be a string; remove it or name a namespace' });
  for (const [field, value] of Object.entries({ labels, annotations }))
    if (value !== undefined && !isTextMap(value))
      issues.push({ path: `metadata.${field}`, message: 'must map strings to strings; write the values in quotes' });
  return issues;
}

const isTextMap = (value: unknown): boolean =>
  isObject(value) && Object.values(value).every((it) => typeof it === 'string');
