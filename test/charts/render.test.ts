import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { readAlerts } from '../../hack/chart-alerts.ts';
import { readPermissions } from '../../hack/chart-permissions.ts';
import type { KubeDocument } from '../../operator/sandbox/kube-api.ts';
import { NAMESPACE, only, RELEASE, render, skipWithout } from '../support/charts-helm.ts';
import { envOf, operatorOf, podsOf, ruleOf, rulesOf, specOf, type Rule } from '../support/charts-objects.ts';

describe('the chart tradewind', function () {
  this.timeout(60_000);
  let plain: readonly KubeDocument[] = [];
  let full: readonly KubeDocument[] = [];
  before(function () {
    skipWithout('helm', this);
    plain = render('tradewind', 'test-values.yaml');
    full = render('tradewind', 'everything-values.yaml');
  });

  it('runs every pod within the restricted profile, on a filesystem that cannot be written', () => {
    const pods = [...podsOf(plain), ...podsOf(full)];
    expect(pods).to.have.length(4);
    for (const { of, pod } of pods) {
      expect(pod.securityContext, of).to.include({ runAsNonRoot: true });
      expect(pod.securityContext['seccompProfile'], of).to.deep.equal({ type: 'RuntimeDefault' });
      for (const field of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers'])
        expect(pod, of).not.to.have.property(field);
      for (const { securityContext } of pod.containers)
        expect(securityContext, of).to.deep.equal({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      const kinds = pod.volumes.map((volume) => Object.keys(volume).find((key) => key !== 'name'));
      expect(
        kinds.filter((kind) => !['emptyDir', 'projected', 'configMap'].includes(kind ?? '')),
        of,
      ).to.deep.equal([]);
    }
  });

  it('leaves the user to the platform when told so', () => {
    const { securityContext } = operatorOf(render('tradewind', 'test-values.yaml', '--set', 'runAsUser=null'));
    expect(securityContext).to.have.keys('runAsNonRoot', 'seccompProfile');
  });

  it('grants the operator the permissions of the list and no others', () => {
    const { hub } = readPermissions();
    const within = (scope: string): readonly Rule[] =>
      hub.filter((it) => it.scope === scope && it.namesFrom === undefined).map((it) => ruleOf(it));
    expect(rulesOf(only(plain, 'ClusterRole', `${NAMESPACE}:${RELEASE}-tradewind`))).to.deep.equal(within('cluster'));
    expect(rulesOf(only(plain, 'Role', `${RELEASE}-tradewind`))).to.deep.equal(within('own'));
  });

  it('grants nothing for leading requests where that is not wanted', () => {
    const off = ['services', 'gateway', 'dns'].map((it) => `rbac.traffic.${it}=false`).join(',');
    const objects = render('tradewind', 'test-values.yaml', '--set', off);
    const groups = rulesOf(only(objects, 'ClusterRole', `${NAMESPACE}:${RELEASE}-tradewind`)).flatMap(
      (it) => it.apiGroups,
    );
    expect([...new Set(groups)]).to.deep.equal(['tradewind.dev', 'events.k8s.io']);
  });

  it('lets it read the Secrets that are named', () => {
    const secrets = rulesOf(only(full, 'Role', `${RELEASE}-tradewind`)).filter((it) =>
      it.resources?.includes('secrets'),
    );
    const rule = (name: string) => ({ apiGroups: [''], resources: ['secrets'], resourceNames: [name], verbs: ['get'] });
    expect(secrets).to.deep.equal([rule('basement-kubeconfig'), rule('drill-hook')]);
  });

  it('binds them to the service account that the pods run as', () => {
    const name = operatorOf(plain)['serviceAccountName'];
    expect(name).to.equal(only(plain, 'ServiceAccount', `${RELEASE}-tradewind`).metadata.name);
    const bindings = plain.filter((it) => it.kind.endsWith('Binding') && !it.metadata.name.endsWith('-test'));
    expect(bindings).to.have.length(2);
    for (const binding of bindings)
      expect(binding['subjects']).to.deep.equal([{ kind: 'ServiceAccount', name, namespace: NAMESPACE }]);
  });

  it('installs two operators, of which one may be away', () => {
    expect(specOf(only(plain, 'Deployment')).replicas).to.equal(2);
    expect(specOf(only(plain, 'PodDisruptionBudget')).maxUnavailable).to.equal(1);
    const single = render('tradewind', 'test-values.yaml', '--set', 'replicaCount=1');
    expect(single.filter((it) => it.kind === 'PodDisruptionBudget')).to.deep.equal([]);
  });

  it('tells each pod from every other, so that they cannot both hold the Lease', () => {
    expect(envOf(plain)['TRADEWIND_IDENTITY']).to.equal('$(POD_NAME)_$(POD_UID)');
    expect(envOf(plain)['TRADEWIND_NAMESPACE']).to.equal(NAMESPACE);
  });

  it('gives the pod longer to stop than the operator takes', () => {
    const slow = render('tradewind', 'test-values.yaml', '--set', 'operator.stopGraceMs=20500');
    expect(operatorOf(slow)['terminationGracePeriodSeconds']).to.equal(26);
  });

  it('says the image by registry, tag and digest', () => {
    const image = (...set: readonly string[]): string =>
      operatorOf(render('tradewind', 'test-values.yaml', ...set)).containers[0].image;
    expect(image()).to.equal('registry.example.com/tradewind:0.1.0');
    expect(image('--set', 'image.tag=1.2.3')).to.equal('registry.example.com/tradewind:1.2.3');
    expect(image('--set', 'global.imageRegistry=mirror.example.com,image.repository=tw')).to.equal(
      'mirror.example.com/tw:0.1.0',
    );
    expect(operatorOf(full).containers[0].image).to.match(/^registry\.example\.com\/tradewind@sha256:0123/);
  });

  it('lets in scrapes alone, and out to name servers, API servers and clouds', () => {
    const { ingress, egress } = specOf(only(plain, 'NetworkPolicy'));
    expect(ingress).to.deep.equal([{ ports: [{ port: 8080, protocol: 'TCP' }], from: [{ namespaceSelector: {} }] }]);
    expect(egress.map((it) => it.ports.map(({ port }) => port))).to.deep.equal([
      [53, 53],
      [443, 6443],
    ]);
    const metadata = (objects: readonly KubeDocument[]): readonly unknown[] =>
      specOf(only(objects, 'NetworkPolicy')).egress.filter(
        (it) => it.ports.some(({ port }) => port === 80) && !('to' in it),
      );
    expect([...metadata(plain), ...metadata(full)], 'ways to anything on port 80').to.deep.equal([]);
    expect(JSON.stringify(specOf(only(full, 'NetworkPolicy')).egress[2])).to.contain('"except":["169.254.0.0/16"]');
  });

  it('selects its own pods with the policy, the budget and the Service, and not those of helm test', () => {
    const labels = only(plain, 'Pod').metadata.labels;
    const selector = specOf(only(plain, 'Deployment')).selector.matchLabels;
    expect(labels).not.to.include(selector);
    expect(specOf(only(plain, 'Service')).selector).to.deep.equal(selector);
    expect(specOf(only(plain, 'NetworkPolicy')).podSelector).to.deep.equal({
      matchLabels: selector,
    });
  });

  it('keeps definitions through an uninstall unless told otherwise', () => {
    const annotation = (objects: readonly KubeDocument[]): readonly unknown[] =>
      objects
        .filter((it) => it.kind === 'CustomResourceDefinition')
        .map((it) => it.metadata.annotations?.['helm.sh/resource-policy'] ?? null);
    expect(new Set(annotation(plain))).to.deep.equal(new Set(['keep']));
    const leaving = annotation(render('tradewind', 'test-values.yaml', '--set', 'crds.keep=false'));
    expect(leaving).to.deep.equal(annotation(plain).map(() => null));
    expect(annotation(render('tradewind', 'test-values.yaml', '--set', 'crds.install=false'))).to.deep.equal([]);
  });

  it('links each alert to its section, or leaves the link out', () => {
    const groups = specOf(only(full, 'PrometheusRule')).groups;
    const written = readAlerts(readFileSync('charts/tradewind/files/alerts.yaml', 'utf8'));
    expect(groups.flatMap((it) => it.rules).length).to.equal(written.flatMap((it) => it.rules).length);
    for (const { alert, expr, annotations } of groups.flatMap((it) => it.rules)) {
      expect(annotations.runbook_url).to.equal(`https://docs.example.com/tradewind/alerts.md#${alert.toLowerCase()}`);
      expect(expr).to.contain(`job="${RELEASE}-tradewind-metrics"`);
    }
    const bare = render('tradewind', 'test-values.yaml', '--set', 'metrics.rules.enabled=true');
    expect(JSON.stringify(only(bare, 'PrometheusRule'))).not.to.match(/RUNBOOK|runbook_url|JOB/);
  });

  it('carries the dashboard whole', () => {
    const data = only(full, 'ConfigMap', `${RELEASE}-tradewind-dashboard`)['data'] as Record<string, string>;
    expect(JSON.parse(data['tradewind.json'] ?? '')).to.deep.equal(
      JSON.parse(readFileSync('charts/tradewind/files/dashboard.json', 'utf8')),
    );
  });
});
