/** Requests that a test makes to a sandbox's API servers as a client from outside: over HTTPS, with a kubeconfig's token. */
import { request } from 'node:https';
import type { KubeDocument } from '../../operator/sandbox/kube-api.ts';
import type { Sandbox } from '../../operator/sandbox/start-sandbox.ts';
import { INFERENCE_DEPLOYMENTS, NAMESPACE } from './scenario-fleet.ts';
import { tokenOf } from './world-clients.ts';

export interface Answered {
  readonly status: number;
  readonly body: unknown;
}

/** A JSON merge patch. */
export function mergePatch(sandbox: Sandbox, path: string, patch: object): Promise<Answered> {
  const token = tokenOf(sandbox.kubeconfig('hub'));
  const { caPem } = sandbox.endpoints;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/merge-patch+json' };
  return new Promise((resolve, reject) => {
    const sent = request(
      `${sandbox.hub.url}${path}`,
      { agent: false, ca: caPem, method: 'PATCH', headers },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(body) as unknown }));
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify(patch));
  });
}

/** What kubectl scale and autoscalers do. */
export function scale(sandbox: Sandbox, name: string, replicas: number): Promise<Answered> {
  const { group, version, plural } = INFERENCE_DEPLOYMENTS;
  const path = `/apis/${group}/${version}/namespaces/${NAMESPACE}/${plural}/${name}/scale`;
  return mergePatch(sandbox, path, { spec: { replicas } });
}

const DEFINITIONS = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' };

/**
 * Makes the hub admit an accelerator that this operator does not know, as a later release's CRD does: the way for a spec
 * to get past the schema and be unreadable all the same.
 */
export async function admitAccelerator({ hub }: Sandbox, model: string): Promise<void> {
  const name = 'inferencedeployments.tradewind.dev';
  const definition = await hub.api.get(DEFINITIONS, name);
  const text = JSON.stringify(definition).replaceAll('"enum":["T4"', `"enum":["${model}","T4"`);
  await hub.api.replace(DEFINITIONS, JSON.parse(text) as KubeDocument);
}
