/**
 * What moves the sandbox's world is a client of the Kubernetes API. This is the client it uses: in process on the
 * embedded server, or over HTTPS on any real one.
 */

/** A Kubernetes object as the sandbox handles it. */
export interface KubeDocument {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    deletionGracePeriodSeconds?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
    ownerReferences?: {
      apiVersion: string;
      kind: string;
      name: string;
      uid: string;
      controller?: boolean;
      blockOwnerDeletion?: boolean;
    }[];
    [field: string]: unknown;
  };
  [field: string]: unknown;
}

/** Group, version and plural of a resource; group '' is core. */
export interface ResourceRef {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

/** A failure answered by the API server: its Status, as an error. */
export class KubeStatusError extends Error {
  override readonly name = 'KubeStatusError';
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: string, message: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

/**
 * A client of one Kubernetes API server. What it hands out is read-only: objects may be shared with the server's own
 * store and are frozen there, so copy before changing. Failures are KubeStatusErrors where the server answered.
 */
export interface KubeApi {
  list(
    resource: ResourceRef,
    query?: { namespace?: string; labelSelector?: string; fieldSelector?: string },
  ): Promise<KubeDocument[]>;
  get(resource: ResourceRef, name: string, namespace?: string): Promise<KubeDocument>;
  create(resource: ResourceRef, object: KubeDocument): Promise<KubeDocument>;
  replace(resource: ResourceRef, object: KubeDocument): Promise<KubeDocument>;
  /** JSON merge patch of the object, or of its status. */
  patch(
    resource: ResourceRef,
    target: { name: string; namespace?: string; subresource?: 'status' },
    patch: object,
  ): Promise<KubeDocument>;
  /** What is already gone is success. */
  delete(
    resource: ResourceRef,
    name: string,
    options?: { namespace?: string; gracePeriodSeconds?: number; uid?: string },
  ): Promise<void>;
  /**
   * Lists, then watches, for ever: `onEvent` sees every object at the start and every change after it, until the signal
   * aborts. Resumes by itself.
   */
  watch(
    resource: ResourceRef,
    onEvent: (type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeDocument) => void,
    signal: AbortSignal,
  ): Promise<void>;
}
