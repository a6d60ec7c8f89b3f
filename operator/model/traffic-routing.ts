/** How requests are led to the members that serve a workload. */
import type { Millis } from './units.ts';

export interface TrafficRouting {
  /** Port of the first container that serves. */
  readonly port: number;
  /** Members are to have an InferencePool each, with this picker; left out: none. */
  readonly picker?: EndpointPicker;
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

/** The endpoint picker of an InferencePool: a Service in the workload's namespace, on each member. */
export interface EndpointPicker {
  readonly name: string;
  readonly port: number;
  /** What gateways do when it does not answer: pick themselves, or refuse. */
  readonly failureMode: 'FailOpen' | 'FailClose';
}
