/** The KubeApi of any API server, over HTTPS: so that a world plays on a real control plane as on the embedded one. */
import type { Dispatcher } from 'undici';
import { Agent, request } from 'undici';
import type { Clock } from '../../model/clock.ts';
import { seconds } from '../../model/units.ts';
import type { Log } from '../../runtime/log.ts';
import type { KubeApi, KubeDocument, ResourceRef } from '../kube-api.ts';
import { KubeStatusError } from '../kube-api.ts';
import type { ListAnswer } from './https-watch.ts';
import { watchForEver } from './https-watch.ts';

export interface HttpsKubeAccess {
  /** https://host:port */
  readonly server: string;
  readonly caPem: string;
  readonly auth: { readonly token: string } | { readonly certPem: string; readonly keyPem: string };
}

export interface HttpsKubeApiOptions {
  readonly access: HttpsKubeAccess;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends every call that is under way. */
  readonly signal: AbortSignal;
}

const USER_AGENT = 'tradewind-sandbox-world';
const PAGE_SIZE = 500;
/** For one call; a watch has none. */
const CALL_TIMEOUT = seconds(30);

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

/** `close` ends the kept connections; abort watches first. */
export function createHttpsKubeApi(options: HttpsKubeApiOptions): KubeApi & { close(): Promise<void> } {
  const { access, clock, log, signal: lifetime } = options;
  const agent = new Agent({ connect: tlsOf(access), bodyTimeout: 0 });
  const headers = {
    'user-agent': USER_AGENT,
    accept: 'application/json',
    ...('token' in access.auth ? { authorization: `Bearer ${access.auth.token}` } : {}),
  };
  const send = (call: Call, signal: AbortSignal): Promise<Dispatcher.ResponseData> =>
    request(`${access.server}${call.path}`, {
      dispatcher: agent,
      method: call.method,
      headers: { ...headers, ...(call.body ? { 'content-type': contentType(call.method) } : {}) },
      ...(call.body ? { body: JSON.stringify(call.body) } : {}),
      signal,
    });
  const answer = async <Answer>(call: Call): Promise<Answer> => {
    const response = await send(call, AbortSignal.any([lifetime, clock.deadline(CALL_TIMEOUT)]));
    const text = await response.body.text();
    if (response.statusCode >= 400) throw statusError(response.statusCode, text);
    return JSON.parse(text) as Answer;
  };
  const listAll = (
    resource: ResourceRef,
    namespace?: string,
    query: Record<string, string> = {},
  ): Promise<ListAnswer> => listPages((page) => answer(get(resource, namespace, { ...query, ...page })));

  return {
    list: async (resource, { namespace, labelSelector, fieldSelector } = {}) => {
      const query = { ...(labelSelector ? { labelSelector } : {}), ...(fieldSelector ? { fieldSelector } : {}) };
      return [...(await listAll(resource, namespace, query)).items];
    },
    get: (resource, name, namespace) => answer({ method: 'GET', path: pathOf(resource, { name, namespace }) }),
    create: (resource, body) =>
      answer({ method: 'POST', path: pathOf(resource, { namespace: body.metadata.namespace }), body }),
    replace: (resource, body) => answer({ method: 'PUT', path: pathOf(resource, body.metadata), body }),
    patch: (resource, target, body) => answer({ method: 'PATCH', path: pathOf(resource, target), body }),
    delete: async (resource, name, { namespace, gracePeriodSeconds, uid } = {}) => {
      const body = {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        gracePeriodSeconds,
        ...(uid ? { preconditions: { uid } } : {}),
      };
      await answer({ method: 'DELETE', path: pathOf(resource, { name, namespace }), body }).catch((error: unknown) => {
        if (!(error instanceof KubeStatusError && error.code === 404)) throw error;
      });
    },
    watch: (resource, onEvent, signal) =>
      watchForEver({
        clock,
        onEvent,
        onTrouble: (err) => log.debug('sandbox watch failed', { resource: resource.plural, err }),
        list: () => listAll(resource),
        open: async (resourceVersion) => {
          const query = { watch: 'true', allowWatchBookmarks: 'true', resourceVersion };
          const response = await send(get(resource, undefined, query), AbortSignal.any([lifetime, signal]));
          if (response.statusCode >= 400) throw statusError(response.statusCode, await response.body.text());
          return response.body;
        },
        signal,
      }),
    close: () => agent.destroy(),
  };
}

function tlsOf({ caPem, auth }: HttpsKubeAccess): { ca: string; cert?: string; key?: string } {
  return 'token' in auth ? { ca: caPem } : { ca: caPem, cert: auth.certPem, key: auth.keyPem };
}

const contentType = (method: Call['method']): string =>
  method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';

interface ObjectPath {
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly subresource?: string | undefined;
}

function pathOf({ group, version, plural }: ResourceRef, { name, namespace, subresource }: ObjectPath): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespace === undefined || namespace === '' ? [] : ['namespaces', namespace];
  const parts = [...scope, plural, ...(name === undefined ? [] : [name]), ...(subresource ? [subresource] : [])];
  return `${root}/${parts.map(encodeURIComponent).join('/')}`;
}

const get = (resource: ResourceRef, namespace: string | undefined, query: Record<string, string>): Call => ({
  method: 'GET',
  path: `${pathOf(resource, { namespace })}?${new URLSearchParams(query).toString()}`,
});

/** A list of one kind; its items leave out what the list says for all of them. */
interface ListPage {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly KubeDocument[] | null;
}

async function listPages(fetch: (page: Record<string, string>) => Promise<ListPage>): Promise<ListAnswer> {
  const items: KubeDocument[] = [];
  for (let token = ''; ; ) {
    const page = await fetch({ limit: String(PAGE_SIZE), ...(token === '' ? {} : { continue: token }) });
    const own = { apiVersion: page.apiVersion, kind: page.kind.replace(/List$/, '') };
    items.push(...(page.items ?? []).map((item) => ({ ...own, ...item })));
    token = page.metadata.continue ?? '';
    if (token === '') return { items, resourceVersion: page.metadata.resourceVersion };
  }
}

/** What the server says in a Status, or, when it is none, the beginning of what it said. */
function statusError(code: number, text: string): KubeStatusError {
  try {
    const status = JSON.parse(text) as { reason?: string; message?: string };
    return new KubeStatusError(code, status.reason ?? '', status.message ?? text.slice(0, 200));
  } catch {
    return new KubeStatusError(code, '', text.slice(0, 200));
  }
}
