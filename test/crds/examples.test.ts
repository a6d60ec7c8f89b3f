import { expect } from 'chai';
import { parseFailoverDrill } from '../../operator/api/parse-failover-drill.ts';
import { parseFailoverDrillSchedule } from '../../operator/api/parse-failover-drill-schedule.ts';
import { parseFleetPolicy } from '../../operator/api/parse-fleet-policy.ts';
import { parseInferenceDeployment } from '../../operator/api/parse-inference-deployment.ts';
import { parseMemberCluster } from '../../operator/api/parse-member-cluster.ts';
import { crdErrors, type Fields } from '../support/api-crd-schemas.ts';
import { yamlFiles } from '../support/api-objects.ts';

function issuesOf(object: Fields): readonly unknown[] {
  const parse = {
    InferenceDeployment: parseInferenceDeployment,
    MemberCluster: parseMemberCluster,
    FleetPolicy: parseFleetPolicy,
    FailoverDrill: parseFailoverDrill,
    FailoverDrillSchedule: parseFailoverDrillSchedule,
  };
  const parsed = parse[object['kind'] as keyof typeof parse](object);
  return parsed.ok ? [] : parsed.issues;
}

describe('the examples', () => {
  const all = yamlFiles('crds/examples');
  const isNamespace = (document: Fields): boolean => document['kind'] === 'Namespace';
  const files = all.filter((file) => !file.documents.some(isNamespace));

  for (const { name, text, documents } of files) {
    it(`${name} is read by the operator and admitted by the CRD`, () => {
      expect(documents).to.have.length(1);
      for (const document of documents) {
        expect(issuesOf(document)).to.deep.equal([]);
        expect(crdErrors(document)).to.deep.equal([]);
      }
    });

    it(`${name} opens with a comment on what it shows`, () => {
      expect(text).to.match(/^# \S.{40,}/);
    });
  }

  it('come with the namespaces that they are in, first of all', () => {
    const nameOf = (document: Fields): unknown => (document['metadata'] as Fields)['name'];
    const namespaces = all.flatMap((file) => file.documents.filter(isNamespace)).map(nameOf);
    const used = files.flatMap((file) => file.documents).map((it) => (it['metadata'] as Fields)['namespace']);
    expect(namespaces).to.include.members(used.filter((it) => it !== undefined));
    expect(all.map((file) => file.name).sort()[0]).to.equal('00-namespaces.yaml');
  });

  it('show every kind and every source of members', () => {
    const documents = files.flatMap((file) => file.documents);
    expect(new Set(documents.map((it) => it['kind']))).to.have.length(5);
    const specs = documents.filter((it) => it['kind'] === 'MemberCluster').map((it) => it['spec'] as Fields);
    for (const source of ['eks', 'aks', 'kubeconfig'])
      expect(
        specs.some((spec) => source in spec),
        source,
      ).to.equal(true);
  });
});
