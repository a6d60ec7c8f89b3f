/** The CRDs by which requests are led, cut down to the fields that Tradewind writes; the originals accept the same. */
import type { KubeApi, KubeDocument, ResourceRef } from '../kube-api.ts';

const DEFINITIONS: ResourceRef = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' };

interface Names {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
}

function definition({ group, version, kind, plural }: Names, spec: object, annotations = {}): KubeDocument {
  const schema = {
    type: 'object',
    properties: { spec, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, annotations },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          subresources: { status: {} },
        },
      ],
    },
  };
}

const text = { type: 'string' };
const port = { type: 'integer', format: 'int32', minimum: 1, maximum: 65535 };
const listOf = (properties: object, required: readonly string[]): object => ({
  type: 'array',
  maxItems: 64,
  items: { type: 'object', properties, required },
  'x-kubernetes-list-type': 'atomic',
});

const group = (value: string): object => ({ ...text, default: value });

/** HTTPRoute of Gateway API v1, with the defaults that its own CRD has. */
export const HTTP_ROUTE_DEFINITION: KubeDocument = definition(
  { group: 'gateway.networking.k8s.io', version: 'v1', kind: 'HTTPRoute', plural: 'httproutes' },
  {
    type: 'object',
    properties: {
      parentRefs: listOf(
        {
          group: group('gateway.networking.k8s.io'),
          kind: group('Gateway'),
          name: text,
          namespace: text,
          sectionName: text,
        },
        ['name'],
      ),
      hostnames: { type: 'array', items: text, 'x-kubernetes-list-type': 'atomic' },
      rules: {
        ...listOf(
          {
            matches: {
              type: 'array',
              default: [{ path: { type: 'PathPrefix', value: '/' } }],
              items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
            backendRefs: listOf(
              {
                group: group(''),
                kind: group('Service'),
                name: text,
                namespace: text,
                port,
                weight: { type: 'integer', format: 'int32', minimum: 0, maximum: 1_000_000, default: 1 },
              },
              ['name'],
            ),
          },
          [],
        ),
        maxItems: 16,
      },
    },
  },
  // Groups of *.k8s.io are protected: a definition needs a word of approval.
  { 'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/gateway-api/pull/3328' },
);

/** DNSEndpoint of external-dns. */
export const DNS_ENDPOINT_DEFINITION: KubeDocument = definition(
  { group: 'externaldns.k8s.io', version: 'v1alpha1', kind: 'DNSEndpoint', plural: 'dnsendpoints' },
  {
    type: 'object',
    properties: {
      endpoints: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            dnsName: text,
            recordType: text,
            recordTTL: { type: 'integer', format: 'int64' },
            setIdentifier: text,
            targets: { type: 'array', items: text },
            labels: { type: 'object', additionalProperties: text },
            providerSpecific: {
              type: 'array',
              items: { type: 'object', properties: { name: text, value: text } },
            },
          },
        },
      },
    },
  },
  { 'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/external-dns/pull/2007' },
);

/** InferencePool of the Gateway API Inference Extension v1. */
export const INFERENCE_POOL_DEFINITION: KubeDocument = definition(
  { group: 'inference.networking.k8s.io', version: 'v1', kind: 'InferencePool', plural: 'inferencepools' },
  {
    type: 'object',
    required: ['selector', 'targetPorts', 'endpointPickerRef'],
    properties: {
      selector: {
        type: 'object',
        required: ['matchLabels'],
        properties: { matchLabels: { type: 'object', additionalProperties: text } },
      },
      targetPorts: {
        ...listOf({ number: port }, ['number']),
        maxItems: 8,
        minItems: 1,
      },
      endpointPickerRef: {
        type: 'object',
        required: ['name'],
        properties: {
          group: group(''),
          kind: group('Service'),
          name: text,
          port: { type: 'object', required: ['number'], properties: { number: port } },
          failureMode: { ...text, enum: ['FailOpen', 'FailClose'], default: 'FailClose' },
        },
      },
    },
  },
  { 'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/gateway-api-inference-extension/pull/1173' },
);

/** Installs one of them on a hub, or on a member. */
export async function installDefinition(hub: KubeApi, which: KubeDocument): Promise<void> {
  await hub.create(DEFINITIONS, which);
}
