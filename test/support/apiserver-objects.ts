/** Objects for tests of the API server: small, valid, and with overrides. */

type Map = Record<string, unknown>;

export const aConfigMap = (name: string, data: Record<string, string> = {}, metadata: Map = {}): Map => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});

export const aPod = (name: string, { metadata = {}, spec = {} }: { metadata?: Map; spec?: Map } = {}): Map => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'main', image: 'registry.test/app:1' }], ...spec },
});

export const aDeployment = (name: string, spec: Map = {}): Map => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'main', image: 'registry.test/app:1' }] },
    },
    ...spec,
  },
});

export const aNamespace = (name: string): Map => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

/** The schema of a widget's spec, with one of each thing a structural schema can say. */
const WIDGET_SPEC = {
  type: 'object',
  required: ['color'],
  'x-kubernetes-validations': [
    { rule: 'self.replicas <= self.maxReplicas', message: 'replicas may not exceed maxReplicas' },
    {
      rule: 'self.color == oldSelf.color',
      message: 'color is immutable',
      fieldPath: '.color',
      reason: 'FieldValueForbidden',
    },
  ],
  properties: {
    color: { type: 'string', enum: ['red', 'green'] },
    replicas: { type: 'integer', minimum: 0, default: 1 },
    maxReplicas: { type: 'integer', default: 10 },
    port: { 'x-kubernetes-int-or-string': true },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    tags: { type: 'array', items: { type: 'string', maxLength: 5 }, 'x-kubernetes-list-type': 'set', maxItems: 3 },
    parts: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' }, size: { type: 'integer', default: 3 } },
      },
    },
  },
};

const WIDGET_STATUS = {
  type: 'object',
  properties: {
    replicas: { type: 'integer' },
    selector: { type: 'string' },
    phase: { type: 'string' },
    conditions: {
      type: 'array',
      items: { type: 'object', properties: { type: { type: 'string' }, status: { type: 'string' } } },
    },
  },
};

/** A definition of widgets; `spec` overrides the schema of their spec. */
export const widgetDefinition = ({ spec = WIDGET_SPEC, version = {} }: { spec?: Map; version?: Map } = {}): Map => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.test' },
  spec: {
    group: 'example.test',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        selectableFields: [{ jsonPath: '.spec.color' }],
        additionalPrinterColumns: [
          { name: 'Color', type: 'string', jsonPath: '.spec.color' },
          { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
        ],
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.replicas',
            statusReplicasPath: '.status.replicas',
            labelSelectorPath: '.status.selector',
          },
        },
        schema: { openAPIV3Schema: { type: 'object', properties: { spec, status: WIDGET_STATUS } } },
        ...version,
      },
    ],
  },
});

export const aWidget = (name: string, spec: Map = {}, metadata: Map = {}): Map => ({
  apiVersion: 'example.test/v1',
  kind: 'Widget',
  metadata: { name, ...metadata },
  spec: { color: 'red', ...spec },
});

export const WIDGETS = '/apis/example.test/v1/namespaces/default/widgets';
export const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
export const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
export const PODS = '/api/v1/namespaces/default/pods';
export const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
