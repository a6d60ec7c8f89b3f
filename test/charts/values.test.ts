import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect } from 'chai';
import { load } from 'js-yaml';
import { documentedValues } from '../../hack/chart-docs.ts';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
}

type Values = Readonly<Record<string, unknown>>;

const read = (path: string): string => readFileSync(path, 'utf8');

/** The values with some set by path. */
function withValues(values: Values, set: Values): Values {
  const copy = structuredClone(values) as Record<string, unknown>;
  for (const [path, value] of Object.entries(set)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    const target = keys.reduce((it, key) => (it[key] ??= {}) as Record<string, unknown>, copy);
    target[last] = value;
  }
  return copy;
}

/** Each must be refused, at the path that is named. */
const REFUSED: readonly (readonly [what: string, set: Values, at: string])[] = [
  ['an unknown value', { replicas: 2 }, ''],
  ['an unknown value deep down', { 'metrics.service.prot': 80 }, '/metrics/service'],
  ['no operator', { replicaCount: 0 }, '/replicaCount'],
  ['a count in quotes', { replicaCount: '2' }, '/replicaCount'],
  ['root', { runAsUser: 0 }, '/runAsUser'],
  ['a digest that is none', { 'image.digest': 'latest' }, '/image/digest'],
  ['an unknown log level', { 'operator.logLevel': 'verbose' }, '/operator/logLevel'],
  ['a time in words', { 'operator.requestTimeoutMs': '10s' }, '/operator/requestTimeoutMs'],
  ['a privileged port', { 'metrics.port': 80 }, '/metrics/port'],
  ['irsa without a role', { 'identity.aws.mode': 'irsa' }, '/identity/aws/roleArn'],
  [
    'a role that is none',
    { 'identity.aws.mode': 'projected', 'identity.aws.roleArn': 'tradewind' },
    '/identity/aws/roleArn',
  ],
  ['workload identity without a client', { 'identity.azure.mode': 'workloadIdentity' }, '/identity/azure/clientId'],
  [
    'projected without a tenant',
    { 'identity.azure.mode': 'projected', 'identity.azure.clientId': '00000000-1111-2222-3333-444444444444' },
    '/identity/azure/tenantId',
  ],
  ['every webhook', { 'rbac.drillWebhookSecrets': ['*'] }, '/rbac/drillWebhookSecrets/0'],
  ['every Secret', { 'rbac.kubeconfigSecrets': ['*'] }, '/rbac/kubeconfigSecrets/0'],
  [
    'a disruption of everything but in words',
    { 'podDisruptionBudget.maxUnavailable': 'all' },
    '/podDisruptionBudget/maxUnavailable',
  ],
  ["the metadata service's port", { 'networkPolicy.apiServerPorts': [443, 80] }, '/networkPolicy/apiServerPorts/1'],
  ['a label that is no text', { podLabels: { a: true } }, '/podLabels/a'],
];

const REFUSED_ON_MEMBERS: typeof REFUSED = [
  ['an unknown value', { subject: [] }, ''],
  ['a group of Kubernetes itself', { 'subjects.groups': ['system:masters'] }, '/subjects/groups/0'],
  ['a namespace that cannot be', { namespaces: ['ML'] }, '/namespaces/0'],
];

for (const [chart, refused] of [
  ['tradewind', REFUSED],
  ['tradewind-member', REFUSED_ON_MEMBERS],
] as const) {
  describe(`values of ${chart}`, () => {
    const folder = `charts/${chart}`;
    const schema = JSON.parse(read(`${folder}/values.schema.json`)) as Schema;
    const defaults = load(read(`${folder}/values.yaml`)) as Values;
    const validate = new Ajv({ allErrors: true, strict: false }).compile(schema);
    const placesRefused = (values: Values): readonly string[] =>
      validate(values) ? [] : (validate.errors ?? []).map((it) => it.instancePath);

    it('are accepted as they are by default', () => {
      expect(placesRefused(defaults)).to.deep.equal([]);
    });

    for (const file of readdirSync(`${folder}/ci`))
      it(`are accepted as in ci/${file}`, () => {
        expect(placesRefused(load(read(`${folder}/ci/${file}`)) as Values)).to.deep.equal([]);
      });

    for (const [what, set, at] of refused)
      it(`refuse ${what}`, () => {
        expect(placesRefused(withValues(defaults, set))).to.include(at);
      });

    it('are closed wherever they are ours', () => {
      expect(openObjects(schema)).to.deep.equal(['global']);
    });

    it('have a place in the schema and a default, each of them', () => {
      const inFile = documentedValues(read(`${folder}/values.yaml`)).map((it) => it.path);
      const inSchema = leaves(schema).filter((it) => it !== 'global' && !it.startsWith('probes.'));
      const covered = (path: string, others: readonly string[]): boolean =>
        others.some((it) => it === path || it.startsWith(`${path}.`) || path.startsWith(`${it}.`));
      expect(inFile.filter((it) => !covered(it, leaves(schema)))).to.deep.equal([]);
      expect(inSchema.filter((it) => !covered(it, inFile))).to.deep.equal([]);
    });
  });
}

/** Objects whose keys are listed and that would take others too. */
function openObjects(schema: Schema, path = ''): readonly string[] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, it]) =>
    openObjects(it, path === '' ? name : `${path}.${name}`),
  );
  const listed = schema.properties !== undefined || path === 'global';
  return listed && schema.additionalProperties !== false ? [path, ...below] : below;
}

function leaves(schema: Schema, path = ''): readonly string[] {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return [path];
  return properties.flatMap(([name, it]) => leaves(it, path === '' ? name : `${path}.${name}`));
}
