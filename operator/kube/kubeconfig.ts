/**
 * Reads the few fields of a kubeconfig that a connection needs, and refuses every other: a kubeconfig can run commands,
 * read files, switch off certificate checks and send credentials elsewhere. Refusals name the field, never its value.
 */
import { load } from 'js-yaml';
import type { ClusterAccess } from './cluster-access.ts';
import { checkedCertificates, checkedKeyPair } from './kubeconfig-pem.ts';
import { KubeconfigRefusal } from './kubeconfig-refusal.ts';
import type { AddressPolicy } from './server-address.ts';
import { refuseServer } from './server-address.ts';

export interface KubeconfigOptions {
  /** The context to use; current-context when absent. */
  readonly context?: string;
  /**
   * member: a Secret that somebody handed in; every entry of the file must be acceptable, and loopback servers are not.
   * own: a developer's file for the operator's hub; only the entries of the context in use count.
   */
  readonly profile: 'member' | 'own';
  /** Lets a member be on this machine, as in the sandbox. Always so for `own`. */
  readonly allowLoopback?: boolean;
}

export type KubeconfigResult =
  | { readonly ok: true; readonly access: ClusterAccess; readonly context: string }
  | {
      readonly ok: false;
      /** Path of the field at fault, for instance `users[].user.exec`; '' for the file as a whole. */
      readonly field: string;
      /** One sentence that ends in what to do; carries no value of the file. */
      readonly message: string;
    };

/** A Secret holds at most 1 MiB; a kubeconfig of one cluster about 6 KiB. */
const MAX_LENGTH = 256 * 1024;

const TOP_FIELDS = new Set(['apiVersion', 'kind', 'clusters', 'users', 'contexts', 'current-context', 'preferences']);
const CONTEXT_FIELDS = new Set(['cluster', 'user', 'namespace']);
const CLUSTER_FIELDS = new Set([
  'server',
  'certificate-authority-data',
  'insecure-skip-tls-verify',
  'disable-compression',
]);
const USER_FIELDS = new Set(['token', 'client-certificate-data', 'client-key-data']);

/** What to do about a field that is often there. */
const ADVICE: Readonly<Record<string, string>> = {
  exec: 'no command is ever run; use a token (kubectl create token) or a client certificate',
  'auth-provider': 'use a token (kubectl create token) or a client certificate',
  tokenFile: 'give the token itself, in token',
  username: 'use a token or a client certificate',
  password: 'use a token or a client certificate',
  'certificate-authority': 'give the content, in certificate-authority-data (kubectl config view --raw --flatten)',
  'client-certificate': 'give the content, in client-certificate-data (kubectl config view --raw --flatten)',
  'client-key': 'give the content, in client-key-data (kubectl config view --raw --flatten)',
  'proxy-url': 'the server must be reachable directly; remove it',
  'tls-server-name': 'the server must have a certificate for its own name; remove it',
};

/** The access in a kubeconfig, or which field is in the way. */
export function parseKubeconfig(text: string, options: KubeconfigOptions): KubeconfigResult {
  try {
    const file = new KubeconfigFile(parseYaml(text), options.profile === 'member');
    const context = file.contextInUse(options.context);
    const allowLoopback = options.profile === 'own' || (options.allowLoopback ?? false);
    const access = { ...serverOf(file, context.cluster, { allowLoopback }), auth: authOf(file, context.user) };
    return { ok: true, access, context: context.name };
  } catch (error) {
    if (error instanceof KubeconfigRefusal) return { ok: false, field: error.field, message: error.message };
    throw error;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** The file as three lists of named entries, whose fields are checked against the allow-lists. */
class KubeconfigFile {
  readonly #root: Fields;
  readonly #strict: boolean;

  constructor(root: Fields, strict: boolean) {
    this.#root = root;
    this.#strict = strict;
    if (strict) refuseOthers(root, TOP_FIELDS, '');
    if (root['kind'] !== undefined && root['kind'] !== 'Config') {
      throw new KubeconfigRefusal('kind', 'is not Config; give a kubeconfig');
    }
    if (!strict) return;
    for (const [list, item, allowed] of [
      ['clusters', 'cluster', CLUSTER_FIELDS],
      ['users', 'user', USER_FIELDS],
      ['contexts', 'context', CONTEXT_FIELDS],
    ] as const) {
      for (const entry of this.#entries(list)) {
        refuseOthers(entry, new Set(['name', item]), `${list}[]`);
        refuseOthers(asFields(entry[item], `${list}[].${item}`), allowed, `${list}[].${item}`);
      }
    }
  }

  contextInUse(wanted: string | undefined): { readonly name: string; readonly cluster: string; readonly user: string } {
    const name = wanted ?? this.#root['current-context'];
    if (typeof name !== 'string' || name === '') {
      throw new KubeconfigRefusal('current-context', 'is missing; name the context to use');
    }
    const context = this.entry('contexts', 'context', name);
    const { cluster, user } = context;
    if (typeof cluster !== 'string')
      throw new KubeconfigRefusal('contexts[].context.cluster', 'is missing; name a cluster');
    if (typeof user !== 'string') throw new KubeconfigRefusal('contexts[].context.user', 'is missing; name a user');
    return { name, cluster, user };
  }

  /** The one entry of that name; two of a name are refused, because tools differ in which they take. */
  entry(list: 'clusters' | 'users' | 'contexts', item: string, name: string): Fields {
    const found = this.#entries(list).filter((entry) => entry['name'] === name);
    const [only, second] = found;
    if (only === undefined) throw new KubeconfigRefusal(list, 'has no entry of the name in use; add it');
    if (second !== undefined) throw new KubeconfigRefusal(list, 'has two entries of one name; remove one');
    return asFields(only[item], `${list}[].${item}`);
  }

  /** Refuses what is not allowed in an entry; in a developer's file extensions of other tools are passed over. */
  check(fields: Fields, allowed: ReadonlySet<string>, path: string): void {
    refuseOthers(fields, this.#strict ? allowed : new Set([...allowed, 'extensions']), path);
  }

  #entries(list: string): readonly Fields[] {
    const value = this.#root[list] ?? [];
    if (!Array.isArray(value)) throw new KubeconfigRefusal(list, 'is not a list; give a kubeconfig');
    return value.map((entry) => asFields(entry, `${list}[]`));
  }
}

function serverOf(file: KubeconfigFile, name: string, policy: AddressPolicy): Omit<ClusterAccess, 'auth'> {
  const path = 'clusters[].cluster';
  const cluster = file.entry('clusters', 'cluster', name);
  file.check(cluster, CLUSTER_FIELDS, path);
  if (cluster['insecure-skip-tls-verify'] !== undefined && cluster['insecure-skip-tls-verify'] !== false) {
    throw new KubeconfigRefusal(`${path}.insecure-skip-tls-verify`, 'is not allowed; give certificate-authority-data');
  }
  const { server } = cluster;
  if (typeof server !== 'string') throw new KubeconfigRefusal(`${path}.server`, 'is missing; give an https URL');
  const refused = refuseServer(server, policy);
  if (refused !== null) throw new KubeconfigRefusal(`${path}.server`, `${refused}; give the API server's https URL`);
  const authority = cluster['certificate-authority-data'];
  const caPem = authority === undefined ? null : checkedCertificates(authority, `${path}.certificate-authority-data`);
  return { server, caPem };
}

function authOf(file: KubeconfigFile, name: string): ClusterAccess['auth'] {
  const path = 'users[].user';
  const user = file.entry('users', 'user', name);
  file.check(user, USER_FIELDS, path);
  // Where a file has both, as those of AKS do, the API server looks at the certificate first.
  if (user['client-certificate-data'] !== undefined || user['client-key-data'] !== undefined) {
    return { kind: 'certificate', ...checkedKeyPair(user, path) };
  }
  const { token } = user;
  if (token === undefined) throw new KubeconfigRefusal(path, 'has no token or client certificate; add one');
  if (typeof token !== 'string' || !/^[\x21-\x7E]+$/u.test(token)) {
    throw new KubeconfigRefusal(`${path}.token`, 'is not a token; give it on one line without spaces');
  }
  return { kind: 'token', token, expiresAt: null };
}

function parseYaml(text: string): Fields {
  if (text.length > MAX_LENGTH) throw new KubeconfigRefusal('', 'the file is too long; give one cluster only');
  let parsed: unknown;
  try {
    parsed = load(text);
  } catch {
    // The parser's message quotes the file.
    throw new KubeconfigRefusal('', 'the file is not YAML; check it with kubectl config view');
  }
  return asFields(parsed, '');
}

function asFields(value: unknown, path: string): Fields {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new KubeconfigRefusal(path, 'is not an object with fields; give a kubeconfig');
  }
  return value as Fields;
}

function refuseOthers(fields: Fields, allowed: ReadonlySet<string>, path: string): void {
  for (const field of Object.keys(fields)) {
    if (allowed.has(field)) continue;
    // An unknown field's name is text of the file too: only names that are known to be names are repeated.
    const shown = /^[a-z][a-zA-Z-]{0,40}$/u.test(field) ? field : '(unknown)';
    const where = path === '' ? shown : `${path}.${shown}`;
    throw new KubeconfigRefusal(where, `is not allowed; ${ADVICE[field] ?? 'remove it'}`);
  }
}
