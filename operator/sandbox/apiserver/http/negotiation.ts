/** Which form of an answer a client asked for with its Accept header. */
import { notAcceptable } from '../objects/status-error.ts';

/** Plain objects, a table to print, metadata only, the aggregated form of discovery, or OpenAPI v2 as kubectl reads it. */
export type Form =
  | 'plain'
  | 'table'
  | 'metadata'
  | 'metadata-list'
  | 'aggregated'
  | 'aggregated-beta'
  | 'openapi-protobuf';

/** What an Accept header came to. */
export interface Accepted {
  readonly form: Form;
  readonly yaml: boolean;
}

const FORMS: ReadonlyMap<string, Form> = new Map([
  ['Table/meta.k8s.io/v1', 'table'],
  ['PartialObjectMetadata/meta.k8s.io/v1', 'metadata'],
  ['PartialObjectMetadataList/meta.k8s.io/v1', 'metadata-list'],
  ['APIGroupDiscoveryList/apidiscovery.k8s.io/v2', 'aggregated'],
  ['APIGroupDiscoveryList/apidiscovery.k8s.io/v2beta1', 'aggregated-beta'],
]);

const JSON_TYPES: ReadonlySet<string> = new Set([
  'application/json',
  'application/*',
  '*/*',
  'application/json-seq',
  'text/plain',
  '*',
]);

export const OPENAPI_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const OPENAPI_PROTOBUFS: ReadonlySet<string> = new Set([
  OPENAPI_PROTOBUF,
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
]);

/** The first form of the header that this server has; 406 when there is none. */
export function negotiate(header: string | undefined): Accepted {
  if (header === undefined || header.trim() === '') return { form: 'plain', yaml: false };
  for (const part of header.split(',')) {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    const yaml = type === 'application/yaml';
    if (OPENAPI_PROTOBUFS.has(type)) return { form: 'openapi-protobuf', yaml: false };
    if (!yaml && !JSON_TYPES.has(type)) continue;
    const values = new Map(parameters.map((parameter) => parameter.split('=') as [string, string]));
    const as = values.get('as');
    if (as === undefined) return { form: 'plain', yaml };
    const form = FORMS.get(`${as}/${values.get('g') ?? ''}/${values.get('v') ?? ''}`);
    if (form !== undefined) return { form, yaml };
  }
  throw notAcceptable();
}
