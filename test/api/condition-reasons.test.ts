import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import {
  DEPLOYMENT_REASONS,
  DRILL_REASONS,
  DRILL_SCHEDULE_REASONS,
  MEMBER_REASONS,
  POLICY_REASONS,
} from '../../operator/api/condition-reasons.ts';
import { crdSchema } from '../support/api-crd-schemas.ts';

const TABLES = {
  InferenceDeployment: DEPLOYMENT_REASONS,
  MemberCluster: MEMBER_REASONS,
  FleetPolicy: POLICY_REASONS,
  FailoverDrill: DRILL_REASONS,
  FailoverDrillSchedule: DRILL_SCHEDULE_REASONS,
};

const tables: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> = TABLES;

const rows = Object.entries(tables).flatMap(([kind, types]) =>
  Object.entries(types).flatMap(([type, reasons]) =>
    Object.entries(reasons).map(([reason, sentence]) => `| ${kind} | ${type} | ${reason} | ${sentence} |`),
  ),
);

describe('the condition reasons', () => {
  it('are those of the table in the README', () => {
    const readme = readFileSync('operator/api/README.md', 'utf8');
    const table = readme
      .split('\n')
      .filter((line) =>
        /^\| (InferenceDeployment|MemberCluster|FleetPolicy|FailoverDrill|FailoverDrillSchedule) \|/.test(line),
      );
    expect(table).to.deep.equal(rows);
  });

  it('are CamelCase words with a sentence each', () => {
    for (const row of rows) expect(row).to.match(/^\| \w+ \| [A-Z][A-Za-z]+ \| [A-Z][A-Za-z]+ \| [A-Z][^|]+\. \|$/);
  });

  it('include every reason of a verdict', () => {
    const verdictReasons = crdSchema('MemberCluster').properties?.['status']?.properties?.['verdictReason']?.['enum'];
    expect(MEMBER_REASONS.Ready).to.include.all.keys(verdictReasons as string[]);
  });
});
