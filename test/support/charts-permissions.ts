/** Permissions as pairs of verb and resource, by where they hold: what the charts grant, and what an operator asked for. */
import type { Permission } from '../../hack/chart-permissions.ts';
import type { Sandbox } from '../../operator/sandbox/start-sandbox.ts';
import { askedSoFar } from './scenario-traffic.ts';

/** `patch inferencedeployments.tradewind.dev/status`, as the sandbox's ledger names resources. */
export type Access = string;

function resourceOf(group: string, resource: string): string {
  const [plural = '', subresource] = resource.split('/');
  const name = group === '' ? plural : `${plural}.${group}`;
  return subresource === undefined ? name : `${name}/${subresource}`;
}

export const accessesOf = ({ group = '', resources, urls, verbs }: Permission): readonly Access[] =>
  verbs.flatMap((verb) => (urls ?? (resources ?? []).map((it) => resourceOf(group, it))).map((it) => `${verb} ${it}`));

/** What was granted, each once. */
export const granted = (permissions: readonly Permission[]): ReadonlySet<Access> =>
  new Set(permissions.flatMap(accessesOf));

/**
 * What operators have asked of the sandbox's servers. A server-side apply that creates is authorised as create as well as
 * patch; where the operator applies, the first time of each object creates.
 */
export function asked(sandbox: Sandbox, where: 'hub' | 'members'): ReadonlySet<Access> {
  const found = askedSoFar(sandbox)
    .filter(({ server, requests }) => (server === 'hub') === (where === 'hub') && requests > 0)
    .map(({ verb, resource }) => `${verb} ${resource}`);
  const applied = APPLIED.filter((it) => found.includes(`patch ${it}`)).map((it) => `create ${it}`);
  return new Set([...found, ...applied]);
}

/** What is written by server-side apply; other patches are merge patches of what stands. */
const APPLIED = [
  'deployments.apps',
  'services',
  'inferencepools.inference.networking.k8s.io',
  'configmaps',
  'endpointslices.discovery.k8s.io',
  'httproutes.gateway.networking.k8s.io',
  'dnsendpoints.externaldns.k8s.io',
];
