import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { RELEASE, render, runTool, skipWithout, template, type ToolRun } from '../support/charts-helm.ts';
import { SCHEMA_FILES, writeSchemas } from '../support/charts-schemas.ts';

const CHARTS = ['tradewind', 'tradewind-member'] as const;
const valuesOf = (chart: string): readonly string[] => readdirSync(`charts/${chart}/ci`);

describe('helm template', function () {
  this.timeout(60_000);
  before(function () {
    skipWithout('helm', this);
  });

  for (const chart of CHARTS)
    for (const values of valuesOf(chart)) {
      it(`passes lint --strict: ${chart} with ${values}`, () => {
        const ran = runTool('helm', [
          'lint',
          '--strict',
          `charts/${chart}`,
          '--values',
          `charts/${chart}/ci/${values}`,
        ]);
        expect(ran.code, ran.stdout + ran.stderr).to.equal(0);
      });

      it(`names and labels everything as Helm recommends: ${chart} with ${values}`, () => {
        for (const { kind, metadata } of render(chart, values)) {
          if (kind === 'ConfigMap' && !metadata.labels) continue; // extraObjects are as they are given
          expect(metadata.labels, `${kind} ${metadata.name}`).to.include({
            'app.kubernetes.io/instance': RELEASE,
            'app.kubernetes.io/managed-by': 'Helm',
            'app.kubernetes.io/part-of': 'tradewind',
          });
        }
      });
    }

  it('refuses values that do not fit, and says which', () => {
    const ran = template('tradewind', ['--set', 'image.repository=x,replicaCount=two,nonsense=1']);
    expect(ran.code).not.to.equal(0);
    expect(ran.stderr).to.match(/replicaCount.*(got string, want integer|Expected: integer)/);
    expect(ran.stderr).to.match(/nonsense/);
  });

  it('says that an image must be named', () => {
    expect(template('tradewind', []).stderr).to.contain('image.repository must be set');
  });

  it('says that a member must be told whom to trust', () => {
    expect(template('tradewind-member', []).stderr).to.contain('say whom to grant it');
  });
});

describe('kubeconform -strict', function () {
  this.timeout(120_000);
  let schemas: string;
  before(function () {
    skipWithout('helm', this);
    skipWithout('kubeconform', this);
    schemas = mkdtempSync(join(tmpdir(), 'tradewind-schemas-'));
    writeSchemas(schemas);
  });
  after(() => rmSync(schemas ?? '', { recursive: true, force: true }));

  /** Kinds of the Prometheus operator have no schema here, nor have policies: drill-admission.test.ts has a real API server read those. */
  const FOREIGN = 'ServiceMonitor,PrometheusRule,ValidatingAdmissionPolicy,ValidatingAdmissionPolicyBinding';
  const validate = (manifests: string): ToolRun => {
    const locations = SCHEMA_FILES.flatMap((file) => ['-schema-location', join(schemas, file)]);
    const args = ['-strict', '-summary', '-skip', FOREIGN, ...locations, '-'];
    return runTool('kubeconform', args, { stdin: manifests });
  };

  for (const chart of CHARTS)
    for (const values of valuesOf(chart))
      it(`finds nothing wrong: ${chart} with ${values}`, () => {
        const ran = validate(template(chart, ['--values', `charts/${chart}/ci/${values}`]).stdout);
        expect(ran.code, ran.stdout + ran.stderr).to.equal(0);
        expect(ran.stdout).to.match(/Valid: [1-9]\d*, Invalid: 0, Errors: 0/);
      });

  it('would find a field that is none', () => {
    const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 1, prot: x}]}\n';
    expect(validate(service).stdout).to.match(/prot/);
  });
});
