/** The least that a client can do for a write: one request on kept connections, its answer read and parsed. */
import { Pool } from 'undici';
import type { KubeDocument } from '../../operator/sandbox/kube-api.ts';
import type { HttpsKubeAccess } from '../../operator/sandbox/world/https-kube-api.ts';
import { NAMESPACE } from './subjects.ts';

/** Many connections are opened at once, and machines are shared. */
const CONNECT_TIMEOUT_MS = 60_000;
const FIELD_MANAGER = 'bench';
const INFERENCE_DEPLOYMENTS_PATH = `/apis/tradewind.dev/v1alpha1/namespaces/${NAMESPACE}/inferencedeployments`;
const DEPLOYMENTS_PATH = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;

export class RawClient {
  readonly #pool: Pool;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ server, caPem, auth }: HttpsKubeAccess, connections: number) {
    const identity = 'token' in auth ? {} : { cert: auth.certPem, key: auth.keyPem };
    this.#pool = new Pool(server, {
      connections,
      pipelining: 1,
      connect: { ca: caPem, timeout: CONNECT_TIMEOUT_MS, ...identity },
    });
    this.#headers = {
      accept: 'application/json',
      ...('token' in auth ? { authorization: `Bearer ${auth.token}` } : {}),
    };
  }

  /** POST of an InferenceDeployment. */
  create(object: object): Promise<KubeDocument> {
    return this.#send('POST', INFERENCE_DEPLOYMENTS_PATH, { contentType: 'application/json', body: object });
  }

  /** Merge patch of its status. */
  recordStatus(name: string, body: object): Promise<KubeDocument> {
    return this.#send('PATCH', `${INFERENCE_DEPLOYMENTS_PATH}/${name}/status`, {
      contentType: 'application/merge-patch+json',
      body,
    });
  }

  /** Merge patch of itself. */
  patch(name: string, body: object): Promise<KubeDocument> {
    return this.#send('PATCH', `${INFERENCE_DEPLOYMENTS_PATH}/${name}`, {
      contentType: 'application/merge-patch+json',
      body,
    });
  }

  /** Server-side apply of a Deployment. */
  apply(manifest: KubeDocument): Promise<KubeDocument> {
    return this.#send(
      'PATCH',
      `${DEPLOYMENTS_PATH}/${manifest.metadata.name}?fieldManager=${FIELD_MANAGER}&force=true`,
      {
        contentType: 'application/apply-patch+yaml',
        body: manifest,
      },
    );
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #send(
    method: 'POST' | 'PATCH',
    path: string,
    { contentType, body }: { readonly contentType: string; readonly body: object },
  ): Promise<KubeDocument> {
    const headers = { ...this.#headers, 'content-type': contentType };
    const answer = await this.#pool.request({ method, path, headers, body: JSON.stringify(body) });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 300)}`);
    return JSON.parse(text) as KubeDocument;
  }
}
