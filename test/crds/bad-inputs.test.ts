import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { load } from 'js-yaml';
import { FAILOVER_DRILL_RULES, FAILOVER_DRILL_SCHEDULE_RULES } from '../../operator/api/failover-drill-rules.ts';
import { INFERENCE_DEPLOYMENT_RULES } from '../../operator/api/inference-deployment-rules.ts';
import { MEMBER_CLUSTER_RULES } from '../../operator/api/member-cluster-rules.ts';
import { parseFailoverDrill } from '../../operator/api/parse-failover-drill.ts';
import { parseFailoverDrillSchedule } from '../../operator/api/parse-failover-drill-schedule.ts';
import { parseFleetPolicy } from '../../operator/api/parse-fleet-policy.ts';
import { parseInferenceDeployment } from '../../operator/api/parse-inference-deployment.ts';
import { parseMemberCluster } from '../../operator/api/parse-member-cluster.ts';
import type { WireKind } from '../../operator/api/wire-schema.ts';
import { crdErrors, type Fields } from '../support/api-crd-schemas.ts';
import {
  aDrillObject,
  aDrillScheduleObject,
  aFleetPolicyObject,
  aMemberClusterObject,
  anInferenceDeploymentObject,
  type Changes,
} from '../support/api-objects.ts';

interface BadInput {
  readonly what: string;
  readonly change: Changes;
  readonly path: string;
  readonly message: string;
  readonly crd?: string;
}

interface Corpus {
  readonly base: WireKind;
  readonly cases: readonly BadInput[];
}

const FILES = [
  'inference-deployment',
  'pod-template',
  'member-cluster',
  'fleet-policy',
  'failover-drill',
  'failover-drill-schedule',
];
const corpora = FILES.map((name) => load(readFileSync(`test/crds/bad-inputs/${name}.yaml`, 'utf8')) as Corpus);

const KINDS = {
  InferenceDeployment: { build: anInferenceDeploymentObject, parse: parseInferenceDeployment },
  MemberCluster: { build: aMemberClusterObject, parse: parseMemberCluster },
  FleetPolicy: { build: aFleetPolicyObject, parse: parseFleetPolicy },
  FailoverDrill: { build: aDrillObject, parse: parseFailoverDrill },
  FailoverDrillSchedule: { build: aDrillScheduleObject, parse: parseFailoverDrillSchedule },
} satisfies Record<WireKind, { build: (changes: Changes) => Fields; parse: (input: unknown) => unknown }>;

/** As written in a file: what is stored has a uid, and fields that its definition does not know have been pruned. */
const asWritten = ({ metadata, ...rest }: Fields): Fields => {
  const { uid: _uid, ...written } = metadata as Fields;
  return { ...rest, metadata: written };
};

const issuesOf = (kind: WireKind, object: Fields) => {
  const parsed = KINDS[kind].parse(asWritten(object));
  return parsed.ok ? [] : parsed.issues;
};

for (const { base, cases } of corpora) {
  describe(`a bad ${base}`, () => {
    for (const { what, change, path, message, crd } of cases) {
      it(`is refused for ${what}`, () => {
        const object = KINDS[base].build(change);
        const issues = issuesOf(base, object);
        expect(issues.map((issue) => issue.path)).to.include(path);
        expect(issues.find((issue) => issue.path === path)?.message).to.include(message);
        const errors = crdErrors(object);
        expect(errors, 'the CRD admits it').to.not.deep.equal([]);
        if (crd !== undefined) expect(errors.join('\n')).to.include(crd);
      });
    }
  });
}

describe('the corpus of bad inputs', () => {
  const messages = corpora.flatMap(({ base, cases }) =>
    cases.flatMap(({ change }) => issuesOf(base, KINDS[base].build(change)).map((issue) => issue.message)),
  );

  it('breaks every rule at least once', () => {
    const deploymentRules = INFERENCE_DEPLOYMENT_RULES.map((rule) => rule.message);
    const drillRules = [...FAILOVER_DRILL_RULES, ...FAILOVER_DRILL_SCHEDULE_RULES].map((rule) => rule.message);
    const rules = [...deploymentRules, ...MEMBER_CLUSTER_RULES.map((rule) => rule.message), ...drillRules];
    const unbroken = rules.filter((rule) => !messages.includes(rule));
    expect(unbroken).to.deep.equal([]);
  });

  it('starts from good objects', () => {
    for (const kind of Object.keys(KINDS) as WireKind[]) {
      expect(issuesOf(kind, KINDS[kind].build({}))).to.deep.equal([]);
      expect(crdErrors(KINDS[kind].build({}))).to.deep.equal([]);
    }
  });
});
