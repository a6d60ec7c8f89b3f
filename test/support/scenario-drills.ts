/** Drills in whole-operator tests: their manifests, a service that can be broken, and what the hub says of them. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DrillNote } from '../../operator/act/drill-note.ts';
import type { FailoverDrillStatus, FailoverDrillScheduleStatus } from '../../operator/api/wire-types.ts';
import { KubeStatusError, type KubeApi, type KubeDocument, type ResourceRef } from '../../operator/sandbox/kube-api.ts';
import type { Scenario } from '../../operator/sandbox/scenario/scenario.ts';
import { anInferenceDeployment, aSmallFleet } from './scenario-fleet.ts';

export const FAILOVER_DRILLS: ResourceRef = { group: 'tradewind.dev', version: 'v1alpha1', plural: 'failoverdrills' };
export const DRILL_SCHEDULES: ResourceRef = {
  group: 'tradewind.dev',
  version: 'v1alpha1',
  plural: 'failoverdrillschedules',
};
export const CONFIG_MAPS: ResourceRef = { group: '', version: 'v1', plural: 'configmaps' };

/** A hub, in the sandbox or a real one, and how to wait for what should come there. */
export interface DrillGround {
  readonly sandbox: { readonly hub: { readonly api: KubeApi } };
  until(what: string, isSo: () => Promise<boolean> | boolean): Promise<unknown>;
}

/** azure-east is so much dearer that everything goes back to aws-east when it may. */
export const aFleetOfTwo = (): Scenario => aSmallFleet({ prices: { 'azure-east/ondemand': 24 } });

/**
 * Two replicas on demand, so that nothing but a drill moves them. Both may be there twice for a moment: when a drill is
 * stopped before their replacements are ready, they are taken back first.
 */
export const aSteadyDeployment = (): KubeDocument =>
  anInferenceDeployment({
    spec: {
      placement: { spot: 'Never' },
      migration: { minSavings: '15%', payback: '2h', maxSurge: 2, cooldown: '0s' },
    },
  });

type Mode = 'DryRun' | 'SignalOverride' | 'Cordon' | 'DrainGraceful' | 'EvictUngraceful';

/** aws-east fails for at most five minutes; everything may be touched, and what is touched stays half ready. */
export const drillSpec = (mode: Mode, changes: object = {}): object => ({
  mode,
  hypothesis: 'azure-east takes over',
  failure: { scope: 'Cluster', clusters: ['aws-east'] },
  duration: '5m',
  deployments: {},
  restore: { verifyFor: '5s', timeout: '10m' },
  ...changes,
});

/** In force long enough to be stopped, on a slow machine too. */
export const UNHURRIED = { duration: '10m', restore: { verifyFor: '1m', timeout: '10m' } };

export const aDrillManifest = (name: string, mode: Mode, changes: object = {}): KubeDocument => ({
  apiVersion: 'tradewind.dev/v1alpha1',
  kind: 'FailoverDrill',
  metadata: { name },
  spec: drillSpec(mode, changes),
});

/** null: there is no such drill. */
export async function drillObject({ sandbox }: DrillGround, name: string): Promise<KubeDocument | null> {
  try {
    return await sandbox.hub.api.get(FAILOVER_DRILLS, name);
  } catch (error) {
    if (error instanceof KubeStatusError && error.code === 404) return null;
    throw error;
  }
}

export const drillStatus = async (rig: DrillGround, name: string): Promise<FailoverDrillStatus> =>
  ((await drillObject(rig, name))?.['status'] as FailoverDrillStatus | undefined) ?? {};

export async function scheduleStatus({ sandbox }: DrillGround, name: string): Promise<FailoverDrillScheduleStatus> {
  const object = await sandbox.hub.api.get(DRILL_SCHEDULES, name);
  return (object['status'] as FailoverDrillScheduleStatus | undefined) ?? {};
}

/** Waits until it is in one of the phases; says all that the drill says when it never is. */
export async function untilPhase(
  rig: DrillGround,
  name: string,
  ...phases: readonly string[]
): Promise<FailoverDrillStatus> {
  let status: FailoverDrillStatus = {};
  try {
    await rig.until(`drill ${name} is ${phases.join(' or ')}`, async () => {
      status = await drillStatus(rig, name);
      return phases.includes(status.phase ?? '') || isStuck(status, phases);
    });
  } catch (error) {
    throw new Error(`drill ${name}: ${JSON.stringify(status, null, 1)}`, { cause: error });
  }
  if (!phases.includes(status.phase ?? '')) throw new Error(`drill ${name} ended: ${JSON.stringify(status, null, 1)}`);
  return status;
}

/** It will never be in any of these phases any more. */
const isStuck = ({ phase }: FailoverDrillStatus, phases: readonly string[]): boolean =>
  phase === 'Completed' && !phases.includes('Completed');

/** Waits until it is over and has its report. */
export async function untilOver(rig: DrillGround, name: string): Promise<FailoverDrillStatus> {
  await untilPhase(rig, name, 'Completed');
  await rig.until(`drill ${name} has a report`, async () => (await drillStatus(rig, name)).report !== undefined);
  return drillStatus(rig, name);
}

/** report.json of a drill's ConfigMap, and what is beside it. */
export async function reportOf(
  rig: DrillGround,
  name: string,
): Promise<{ json: Record<string, unknown>; text: string; markdown: string }> {
  const [namespace = '', configMap = ''] = ((await drillStatus(rig, name)).report?.configMap ?? '').split('/');
  const { data } = await rig.sandbox.hub.api.get(CONFIG_MAPS, configMap, namespace);
  const texts = data as Readonly<Record<string, string>>;
  const text = texts['report.json'] ?? '';
  return { json: JSON.parse(text) as Record<string, unknown>, text, markdown: texts['report.md'] ?? '' };
}

/** What the phases of a drill took, for the reader of the test's output. */
export const describeMeasured = ({ measured = {}, readings }: FailoverDrillStatus): string =>
  [
    ...Object.entries(measured).map(([name, value]) => `${name} ${value}`),
    `lowest ready ${readings?.lowestReady ?? '?'} of ${readings?.wanted ?? '?'}`,
    `moves ${readings?.moves ?? '?'}`,
  ].join(', ');

export const WEBHOOK_SECRET = 'drill-hook';

/** A service outside of the fleet that a drill asks, and tells of itself; `status` is what it answers. */
export class WatchedService {
  status = 200;
  /** What was posted. */
  readonly notes: DrillNote[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        if (request.method === 'POST') this.notes.push(JSON.parse(body) as DrillNote);
        response.writeHead(this.status).end();
      });
    });
  }

  static async start(): Promise<WatchedService> {
    const service = new WatchedService();
    await new Promise<void>((resolve) => service.#server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  /** A probe that ends the drill when it breaks. */
  get probe(): object {
    const { port } = this.#server.address() as AddressInfo;
    return { name: 'service', http: { url: `http://127.0.0.1:${port}/` } };
  }

  /** A Secret with the address at which it is told. */
  webhookSecret(namespace: string): KubeDocument {
    const { port } = this.#server.address() as AddressInfo;
    const text = { url: `http://127.0.0.1:${port}/hooks/t0ken`, allowPrivate: 'true' };
    const data = Object.fromEntries(Object.entries(text).map(([key, it]) => [key, Buffer.from(it).toString('base64')]));
    return { apiVersion: 'v1', kind: 'Secret', metadata: { name: WEBHOOK_SECRET, namespace }, data };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }
}
