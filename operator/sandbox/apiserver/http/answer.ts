/** What a request is answered with, before it is put into the form the client asked for. */
import type { KubeDocument } from '../../kube-api.ts';
import type { Cluster } from '../cluster.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import type { IncludedObject } from '../printing/table.ts';
import { partialMetadata, toTable } from '../printing/table.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import type { ListPage } from '../storage/list-pages.ts';
import type { WatchQuery } from '../verbs/watch.ts';
import type { Form } from './negotiation.ts';

/** One answer; a watch goes on until something ends it. */
export type Answer =
  | {
      readonly kind: 'object';
      readonly code: number;
      readonly resource: ResourceDefinition;
      readonly object: KubeDocument;
    }
  | { readonly kind: 'list'; readonly resource: ResourceDefinition; readonly page: ListPage }
  /** JSON that has no other form: a Status, a review, discovery. */
  | {
      readonly kind: 'json';
      readonly code: number;
      readonly body: JsonMap;
      readonly etag?: string;
      readonly contentType?: string;
    }
  | { readonly kind: 'text'; readonly body: string }
  | { readonly kind: 'binary'; readonly contentType: string; readonly body: Buffer }
  | {
      readonly kind: 'watch';
      readonly resource: ResourceDefinition;
      readonly query: WatchQuery;
      readonly bookmarks: boolean;
      /** 0 for none. */
      readonly timeoutSeconds: number;
    };

export const json = (body: JsonMap, code = 200): Answer => ({ kind: 'json', code, body });

const listMeta = (page: ListPage): JsonMap => ({
  resourceVersion: String(page.revision),
  ...(page.continueToken === undefined ? {} : { continue: page.continueToken }),
  ...(page.remainingItemCount === undefined ? {} : { remainingItemCount: page.remainingItemCount }),
});

/** How an answer is to be worded. */
export interface Wording {
  readonly form: Form;
  readonly include: IncludedObject;
}

/** The body of an answer about one object. */
export function objectBody(
  cluster: Cluster,
  { resource, object }: { resource: ResourceDefinition; object: KubeDocument },
  { form, include }: Wording,
): JsonMap {
  if (form === 'table') {
    const meta = { resourceVersion: object.metadata.resourceVersion ?? '' };
    return toTable(resource, [object], meta, { include, now: cluster.clock.now(), withColumns: true });
  }
  return form === 'metadata' ? partialMetadata(object) : object;
}

/** The body of a list. */
export function listBody(
  cluster: Cluster,
  { resource, page }: { resource: ResourceDefinition; page: ListPage },
  { form, include }: Wording,
): JsonMap {
  if (form === 'table') {
    return toTable(resource, page.items, listMeta(page), { include, now: cluster.clock.now(), withColumns: true });
  }
  if (form === 'metadata' || form === 'metadata-list') {
    return {
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata: listMeta(page),
      items: page.items.map(partialMetadata),
    };
  }
  return {
    kind: resource.listKind,
    apiVersion: resource.apiVersion,
    metadata: listMeta(page),
    items: resource.strategy.isCustom ? page.items : page.items.map(withoutType),
  };
}

/** Items of built-in kinds leave out what the list says for all of them. */
function withoutType({ apiVersion: _apiVersion, kind: _kind, ...rest }: KubeDocument): JsonMap {
  return rest;
}
