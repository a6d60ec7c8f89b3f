/** How requests are led to the members that serve a workload. */
import type { Millis } from './units.ts';

export interface TrafficRouting {
  /** Port of the first container that serves. */
  readonly port: number;
  readonly via: /** Weights of an HTTPRoute on the hub. */
    | {
        readonly kind: 'Gateway';
        readonly name: string;
        /** null: the InferenceDeployment's namespace. */
        readonly namespace: string | null;
        /** null: every listener. */
        readonly sectionName: string | null;
        /** Empty: the listener's. */
        readonly hostnames: readonly string[];
      }
    /** Weighted records of an external-dns DNSEndpoint. */
    | { readonly kind: 'Dns'; readonly hostname: string; readonly ttl: Millis }
    /** EndpointSlices of a Service on the hub. */
    | { readonly kind: 'Service' };
}
