import { expect } from 'chai';
import { type CrdSchema, generate, readCrds } from '../../hack/generate-wire-types.ts';
import { FAILOVER_DRILL_RULES, FAILOVER_DRILL_SCHEDULE_RULES } from '../../operator/api/failover-drill-rules.ts';
import { INFERENCE_DEPLOYMENT_RULES } from '../../operator/api/inference-deployment-rules.ts';
import { MEMBER_CLUSTER_RULES } from '../../operator/api/member-cluster-rules.ts';
import { hintOf } from '../../operator/api/pattern-hints.ts';
import {
  FAILOVER_DRILL_SCHEDULES,
  FAILOVER_DRILLS,
  FLEET_POLICIES,
  INFERENCE_DEPLOYMENTS,
  MEMBER_CLUSTERS,
} from '../../operator/api/resources.ts';
import type * as wire from '../../operator/api/wire-types.ts';
import { ACCELERATORS } from '../../operator/model/accelerators.ts';
import type { DrillMode, DrillOutcome, DrillPhase, DrillScope, PreflightCheck } from '../../operator/model/drill.ts';
import type { Backoff, Price, ProbeFailure, Verdict, VerdictReason } from '../../operator/model/fleet.ts';
import type { Candidate } from '../../operator/model/plan.ts';
import type {
  MigrationState,
  MoveReason,
  PlacementPhase,
  PlacementRules,
  Provider,
} from '../../operator/model/workload.ts';
import { readFileSync } from 'node:fs';
import { crdSchema, walkSchema, withCrdDefaults } from '../support/api-crd-schemas.ts';
import {
  aDrillObject,
  aDrillScheduleObject,
  aFleetPolicyObject,
  aMemberClusterObject,
  anInferenceDeploymentObject,
} from '../support/api-objects.ts';

const crds = readCrds();

/** Every schema of every kind with its path. */
function schemas(): readonly (readonly [path: string, schema: CrdSchema])[] {
  const found: (readonly [string, CrdSchema])[] = [];
  for (const { kind, schema } of crds) walkSchema(schema, (it, path) => found.push([`${kind}${path}`, it]));
  return found;
}

const at = (kind: string, ...names: readonly string[]): CrdSchema =>
  names.reduce<CrdSchema>((schema, name) => {
    const next = name === '[]' ? schema.items : schema.properties?.[name];
    if (!next) throw new Error(`${kind} has no ${name}`);
    return next;
  }, crdSchema(kind));

describe('the generated files of api/', () => {
  it('are what the CRDs generate: run npm run generate', async () => {
    for (const { file, text } of await generate())
      expect(readFileSync(file, 'utf8') === text, file.pathname).to.equal(true);
  });
});

describe('the CRDs', () => {
  it('are those that the operator asks for', () => {
    const resources = crds.map(({ kind, group, version, plural, namespaced }) => ({
      kind,
      group,
      version,
      plural,
      namespaced,
    }));
    const ours = [INFERENCE_DEPLOYMENTS, MEMBER_CLUSTERS, FLEET_POLICIES, FAILOVER_DRILLS, FAILOVER_DRILL_SCHEDULES];
    expect(resources).to.have.deep.members(ours);
  });

  it('bound every list, map and string, so that rules stay within their cost and objects within their size', () => {
    const unbounded = schemas().filter(([path, schema]) => {
      if (/^\w+\.(apiVersion|kind|metadata)$/.test(path)) return false;
      if (schema.type === 'array') return schema['maxItems'] === undefined;
      if (schema.additionalProperties) return schema['maxProperties'] === undefined;
      const isFree = schema.type === 'string' && schema['enum'] === undefined && schema['format'] === undefined;
      return isFree && schema['maxLength'] === undefined;
    });
    expect(unbounded.map(([path]) => path)).to.deep.equal([]);
  });

  it('bound every number', () => {
    const numbers = schemas().filter(([path, { type }]) => type === 'integer' && !path.includes('.status'));
    const unbounded = numbers.filter(([, it]) => it['minimum'] === undefined || it['maximum'] === undefined);
    expect(unbounded.map(([path]) => path)).to.deep.equal([]);
  });

  it('describe every field in a sentence', () => {
    const silent = schemas().filter(
      ([path, { description }]) => !/(\[\]|\.\*|\.metadata)$/.test(path) && !/^[A-Z(].*\.$/s.test(description ?? ''),
    );
    expect(silent.map(([path]) => path)).to.deep.equal([]);
  });

  it('say how every list merges', () => {
    const vague = schemas().filter(([, it]) => it.type === 'array' && it['x-kubernetes-list-type'] === undefined);
    expect(vague.map(([path]) => path)).to.deep.equal([]);
  });

  it('do not let a tool take a new object for a ready one (kstatus)', () => {
    const objects = [anInferenceDeploymentObject(), aMemberClusterObject(), aFleetPolicyObject(), aDrillObject()];
    for (const object of [...objects, aDrillScheduleObject()])
      expect(withCrdDefaults(object)['status']).to.deep.equal({ observedGeneration: -1 });
  });

  it('carry nothing that is not understood', () => {
    expect(schemas().filter(([, it]) => it['x-kubernetes-preserve-unknown-fields'] !== undefined)).to.deep.equal([]);
  });

  it('have words for every pattern', () => {
    const patterns = schemas().flatMap(([, it]) => (typeof it['pattern'] === 'string' ? [it['pattern']] : []));
    expect(patterns.filter((pattern) => hintOf(pattern) === null)).to.deep.equal([]);
  });

  it('admit the accelerators of the table, and no others', () => {
    const models = ACCELERATORS.map(({ model }) => model);
    expect(at('InferenceDeployment', 'spec', 'accelerators', '[]', 'model')['enum']).to.deep.equal(models);
    expect(at('MemberCluster', 'spec', 'pools', '[]', 'accelerator')['enum']).to.deep.equal(models);
  });

  it('do not know what could harm a member', () => {
    const names = new Set(schemas().map(([path]) => path.split('.').pop()));
    const harmful = [
      'hostPath',
      'hostNetwork',
      'hostPID',
      'hostIPC',
      'hostPort',
      'hostIP',
      'privileged',
      'add',
      'host',
    ];
    const escaping = [
      'serviceAccountName',
      'serviceAccount',
      'nodeName',
      'csi',
      'projected',
      'procMount',
      'mountPropagation',
    ];
    expect([...harmful, ...escaping].filter((name) => names.has(name))).to.deep.equal([]);
    expect(at('InferenceDeployment', 'spec', 'template', 'spec').properties).to.not.have.any.keys(
      'nodeSelector',
      'affinity',
    );
  });
});

describe('the template of a FailoverDrillSchedule', () => {
  /** What may not change is a drill's affair; its template may. */
  const changeable = (schema: CrdSchema): CrdSchema => {
    const { 'x-kubernetes-validations': rules = [], properties, items, ...kept } = schema;
    const lasting = rules.filter(({ rule }) => !rule.includes('oldSelf'));
    return {
      ...kept,
      ...(lasting.length === 0 ? {} : { 'x-kubernetes-validations': lasting }),
      ...(items ? { items: changeable(items) } : {}),
      ...(properties
        ? { properties: Object.fromEntries(Object.entries(properties).map(([name, it]) => [name, changeable(it)])) }
        : {}),
    };
  };

  it('is the spec of a FailoverDrill', () => {
    const template = at('FailoverDrillSchedule', 'spec', 'drillTemplate', 'spec');
    expect(template).to.deep.equal(changeable(at('FailoverDrill', 'spec')));
  });
});

describe('the rules of the parser', () => {
  /** Rules about one string are taken over by the generator; those about an object's past only the API server can see. */
  const crdRules = (kind: string): readonly string[] => {
    const messages = new Set<string>();
    walkSchema(crdSchema(kind), (schema, path) => {
      for (const { rule, message } of schema['x-kubernetes-validations'] ?? [])
        if (path !== '' && schema.type !== 'string' && !rule.includes('oldSelf')) messages.add(message);
    });
    return [...messages].sort();
  };
  const own = (rules: readonly { readonly message: string }[]) => rules.map(({ message }) => message).sort();

  it('are the rules of the CRDs', () => {
    expect(own(INFERENCE_DEPLOYMENT_RULES)).to.deep.equal(crdRules('InferenceDeployment'));
    expect(own(MEMBER_CLUSTER_RULES)).to.deep.equal(crdRules('MemberCluster'));
    expect(own(FAILOVER_DRILL_RULES)).to.deep.equal(crdRules('FailoverDrill'));
    expect(own(FAILOVER_DRILL_SCHEDULE_RULES)).to.deep.equal(crdRules('FailoverDrillSchedule'));
    expect(crdRules('FleetPolicy')).to.deep.equal([]);
  });
});

/** Compiles only when the two types are the same. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
const same = <A, B>(proof: Same<A, B>): boolean => proof;

describe('the words of the CRDs', () => {
  it('are the words of the model', () => {
    type Status = wire.MemberClusterStatus;
    type Move = Exclude<MigrationState, { readonly phase: 'Idle' }>;
    const proofs = [
      same<NonNullable<Status['verdict']>, Verdict>(true),
      same<NonNullable<Status['verdictReason']>, VerdictReason>(true),
      same<NonNullable<Status['provider']>, Provider>(true),
      same<NonNullable<wire.ProbeStatus['failure']>, ProbeFailure>(true),
      same<NonNullable<wire.PoolStatus['priceSource']>, Price['source']>(true),
      same<wire.BackoffStatus['reason'], Backoff['reason']>(true),
      same<wire.PlacementStatus['phase'], PlacementPhase>(true),
      same<wire.MigrationStatus['phase'], MigrationState['phase']>(true),
      same<NonNullable<wire.MigrationStatus['reason']>, MoveReason>(true),
      same<Move['reason'], MoveReason>(true),
      same<wire.CandidateStatus['verdict'], Candidate['verdict']>(true),
      same<wire.FailoverDrillSpec['mode'], DrillMode>(true),
      same<wire.FleetPolicySpec['drills']['maxMode'], DrillMode>(true),
      same<wire.DrillFailureSpec['scope'], DrillScope>(true),
      same<NonNullable<wire.FailoverDrillStatus['phase']>, DrillPhase>(true),
      same<NonNullable<wire.FailoverDrillStatus['outcome']>, DrillOutcome>(true),
      same<wire.ScheduledDrillStatus['outcome'], DrillOutcome>(true),
      same<wire.PreflightStatus['check'], PreflightCheck['check']>(true),
      same<wire.PlacementSpec['spot'], PlacementRules['spot']>(true),
      same<wire.PlacementSpec['whenUnsatisfiable'], PlacementRules['whenUnsatisfiable']>(true),
    ];
    expect(proofs).to.not.include(false);
  });
});
