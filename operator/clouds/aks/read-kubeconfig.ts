/** Takes the API server's address and CA out of the kubeconfig that AKS hands out, and nothing else. */
import { load } from 'js-yaml';
import { failureOf } from '../failure-of.ts';

export interface ApiServer {
  /** https only. */
  readonly server: string;
  readonly caPem: string;
}

/** AKS's own are below 20 KB. */
const MAX_LENGTH = 256 * 1024;
/** Fields of a cluster entry that are understood; any other could redirect or weaken the connection. */
const UNDERSTOOD: ReadonlySet<string> = new Set(['server', 'certificate-authority-data']);

/** The one cluster of the kubeconfig. Users, contexts and plugins in it are not looked at; errors name fields only. */
export function readKubeconfig(text: string): ApiServer {
  const cluster = onlyCluster(parsed(text));
  const strange = Object.keys(cluster).filter((field) => !UNDERSTOOD.has(field));
  if (strange.length > 0) throw rejected(`has fields that are not accepted: ${strange.join(', ')}`);
  const { server, 'certificate-authority-data': ca } = cluster;
  if (typeof server !== 'string' || !isPlainHttps(server)) throw rejected('has no https server');
  if (typeof ca !== 'string') throw rejected('has no certificate-authority-data');
  const caPem = Buffer.from(ca, 'base64').toString('utf8');
  if (!caPem.includes('-----BEGIN CERTIFICATE-----')) throw rejected('has a certificate-authority-data that is no PEM');
  return { server, caPem };
}

const rejected = (why: string) => failureOf('BadData', `the kubeconfig from AKS ${why}`);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(text: string): unknown {
  if (text.length > MAX_LENGTH) throw rejected('is too long');
  try {
    return load(text, { maxAliases: 0 });
  } catch {
    // The parser's message quotes the text, which holds credentials.
    throw rejected('is not YAML');
  }
}

function onlyCluster(config: unknown): Readonly<Record<string, unknown>> {
  const clusters = isRecord(config) ? config['clusters'] : undefined;
  if (!Array.isArray(clusters) || clusters.length !== 1) throw rejected('does not have exactly one cluster');
  const entry: unknown = clusters[0];
  const cluster = isRecord(entry) ? entry['cluster'] : undefined;
  if (!isRecord(cluster)) throw rejected('has an empty cluster');
  return cluster;
}

function isPlainHttps(server: string): boolean {
  const url = URL.parse(server);
  return url !== null && url.protocol === 'https:' && url.username === '' && url.password === '';
}
