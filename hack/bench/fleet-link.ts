/** What a bench and the process that holds its fleet say to each other. */
import type { LoadReport } from '../../operator/sandbox/load/load-report.ts';
import type { ScenarioEvent } from '../../operator/sandbox/scenario/scenario.ts';
import type { HttpsKubeAccess } from '../../operator/sandbox/world/https-kube-api.ts';
import type { Look } from './scene.ts';

/** Where a fleet answers; every access is an administrator's. */
export interface FleetInfo {
  /** What the servers are, for people. */
  readonly servers: string;
  readonly hubKubeconfig: string;
  /** What the operator takes as --cloud-endpoints. */
  readonly endpointsFile: string;
  readonly hub: HttpsKubeAccess;
  readonly members: Readonly<Record<string, HttpsKubeAccess>>;
}

export interface FleetRequest {
  /** YAML of a scenario, its members included. */
  readonly scenario: string;
  /** Real control planes, or the sandbox's servers. */
  readonly real: boolean;
  /** Whether answers of real members can be made late; refused they cannot be then. */
  readonly slowable?: boolean;
  readonly folder: string;
}

export type FleetCall =
  | { readonly call: 'start'; readonly request: FleetRequest }
  | { readonly call: 'apply'; readonly event: ScenarioEvent }
  /** Begins to follow Deployments and InferenceDeployments; needed before the first look. */
  | { readonly call: 'follow' }
  | { readonly call: 'look' }
  /** Streams requests to these InferenceDeployments, `namespace/name`. */
  | { readonly call: 'load'; readonly targets: readonly string[]; readonly perSecond: number }
  /** The way to what runs on that member, cut or mended. */
  | { readonly call: 'cut'; readonly member: string; readonly cut: boolean }
  /** Runs the operator in the fleet's process: there it can ask what only exists there, the replicas that answer. */
  | { readonly call: 'operate' }
  | { readonly call: 'endLoad' }
  /** Takes everything of ours from a member, as a cluster made anew would stand there. */
  | { readonly call: 'empty'; readonly member: string }
  | { readonly call: 'stop' };

/** What each call is answered with. */
export interface FleetAnswers {
  readonly start: FleetInfo;
  readonly apply: null;
  readonly follow: null;
  readonly look: Look;
  readonly load: null;
  readonly cut: null;
  readonly operate: null;
  readonly endLoad: LoadReport;
  readonly empty: null;
  readonly stop: null;
}

export interface CallMessage {
  readonly id: number;
  readonly what: FleetCall;
}

export type AnswerMessage =
  | { readonly id: number; readonly answer: FleetAnswers[keyof FleetAnswers] }
  | { readonly id: number; readonly error: string };
