/** The operator's view of one API server: plain objects in, plain objects out, failures translated, every call bounded. */
import type { Millis } from '../model/units.ts';

/** Which resource, in the words of discovery. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly uid: string;
    readonly controller?: boolean;
    readonly blockOwnerDeletion?: boolean;
  }[];
}

/** Any Kubernetes object; fields beyond metadata are read by the folder that knows the kind. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

export interface ObjectName {
  readonly namespace?: string;
  readonly name: string;
}

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** A whole list, all pages of it, at one resource version. */
export interface ObjectList {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
}

export type WatchEvent =
  | { readonly type: 'Added' | 'Modified' | 'Deleted'; readonly object: KubeObject }
  | { readonly type: 'Bookmark'; readonly resourceVersion: string };

export interface WatchOptions extends ListOptions {
  readonly resourceVersion: string;
  /** Called when the server has accepted the watch: a sign of life before the first event. */
  readonly onOpen?: () => void;
}

/**
 * One API server. Each call rejects with RetryableError or TerminalError (or the signal's reason) and is bounded by the
 * client's request timeout; nothing is retried here. Connections are kept and shared by all calls of one client.
 */
export interface KubeClient {
  get(type: ResourceType, name: ObjectName, signal: AbortSignal): Promise<KubeObject>;
  /** All pages (500 objects each); an expired continue token starts the list again. */
  list(type: ResourceType, options: ListOptions, signal: AbortSignal): Promise<ObjectList>;
  /**
   * One watch connection with bookmarks. Ends without error when the server closes it or nothing was heard for the
   * inactivity limit; throws Gone when the resource version is too old. Never swallows a line: what cannot be parsed
   * throws ServerError.
   */
  watch(type: ResourceType, options: WatchOptions, signal: AbortSignal): AsyncIterable<WatchEvent>;
  create(type: ResourceType, object: KubeObject, signal: AbortSignal): Promise<KubeObject>;
  /** PUT with the object's resourceVersion; Conflict when somebody wrote first. */
  replace(type: ResourceType, object: KubeObject, signal: AbortSignal): Promise<KubeObject>;
  /** Server-side apply with the operator's field manager. */
  apply(type: ResourceType, object: KubeObject, options: ApplyOptions, signal: AbortSignal): Promise<KubeObject>;
  /** Merge patch of the object or, with `subresource`, of its status or scale. */
  patch(type: ResourceType, patch: MergePatch, signal: AbortSignal): Promise<KubeObject>;
  /** With the uid as precondition where given. What is already gone is success. */
  delete(type: ResourceType, name: ObjectName, options: DeleteOptions, signal: AbortSignal): Promise<void>;
  /**
   * GET of a non-resource path such as /readyz or /version. Resolves with whatever status was answered, except that 401,
   * 403 and 429 reject as they do everywhere: they say something of the caller, not of the server's health.
   */
  raw(path: string, signal: AbortSignal): Promise<{ readonly status: number; readonly body: string }>;
  /** Closes the kept connections. */
  close(): Promise<void>;
}

export interface ApplyOptions {
  readonly force: boolean;
  readonly subresource?: 'status';
}

export interface MergePatch extends ObjectName {
  readonly subresource?: 'status' | 'scale';
  /** Sent as application/merge-patch+json; put metadata.resourceVersion in it for optimistic locking. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface DeleteOptions {
  readonly uid?: string;
  readonly propagation?: 'Foreground' | 'Background' | 'Orphan';
  readonly gracePeriod?: Millis;
}
