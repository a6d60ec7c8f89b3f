/** The operator's own access inside a cluster: the service account's token and authority, read again as they rotate. */
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../model/clock.ts';
import { TerminalError } from '../model/errors.ts';
import type { Millis } from '../model/units.ts';
import { minutes } from '../model/units.ts';
import type { AccessSource, ClusterAccess } from './cluster-access.ts';

export interface InClusterOptions {
  /** KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. */
  readonly host: string;
  readonly port: string;
  readonly clock: Clock;
  /** Where the kubelet puts the files. */
  readonly directory?: string;
}

const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';
/** The kubelet renews the token when a fifth of its life is left, ten minutes at the least. As client-go. */
const READ_AGAIN_PERIOD = minutes(1);

/** Access that follows the files. Credentials (terminal) when they cannot be read. */
export function createInClusterAccess(options: InClusterOptions): AccessSource {
  const { clock, host, port, directory = SERVICE_ACCOUNT_DIRECTORY } = options;
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  let known: { readonly access: ClusterAccess; readonly readAt: Millis } | null = null;
  return {
    access: async () => {
      if (known !== null && clock.monotonic() - known.readAt < READ_AGAIN_PERIOD) return known.access;
      known = { access: await readAccess(server, directory), readAt: clock.monotonic() };
      return known.access;
    },
    invalidate: () => {
      known = null;
    },
  };
}

/** The namespace that the operator runs in. */
export const readOwnNamespace = async (directory: string = SERVICE_ACCOUNT_DIRECTORY): Promise<string> =>
  (await readFile(join(directory, 'namespace'), 'utf8')).trim();

async function readAccess(server: string, directory: string): Promise<ClusterAccess> {
  try {
    const [token, caPem] = await Promise.all([
      readFile(join(directory, 'token'), 'utf8'),
      readFile(join(directory, 'ca.crt'), 'utf8'),
    ]);
    return { server, caPem, auth: { kind: 'token', token: token.trim(), expiresAt: null } };
  } catch (error) {
    throw new TerminalError('the service account files cannot be read', { code: 'Credentials', cause: error });
  }
}
