/** Which addresses an API server may have: never one that reaches the machine's own metadata or the machine itself. */
import { BlockList, isIP, isIPv4 } from 'node:net';

export interface AddressPolicy {
  /** Whether 127.0.0.1, ::1 and localhost are allowed: on a developer's machine and in the sandbox, never for a member. */
  readonly allowLoopback: boolean;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Link-local (where clouds serve instance metadata), unspecified, multicast, and the metadata addresses elsewhere. */
const forbidden = new BlockList();
forbidden.addSubnet('0.0.0.0', 8, 'ipv4');
forbidden.addSubnet('169.254.0.0', 16, 'ipv4');
forbidden.addSubnet('224.0.0.0', 3, 'ipv4');
forbidden.addAddress('100.100.100.200', 'ipv4');
forbidden.addAddress('168.63.129.16', 'ipv4');
forbidden.addAddress('::', 'ipv6');
forbidden.addSubnet('fe80::', 10, 'ipv6');
forbidden.addSubnet('ff00::', 8, 'ipv6');
forbidden.addAddress('fd00:ec2::254', 'ipv6');
forbidden.addAddress('fd20:ce::254', 'ipv6');

const FORBIDDEN_HOSTS = /^(metadata|instance-data)(\..*)?$/iu;
const LOOPBACK_HOSTS = /^(.*\.)?localhost$/iu;

/** Why this IP address must not be connected to; null when it may. */
export function refuseAddress(address: string, policy: AddressPolicy): string | null {
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  if (forbidden.check(address, family)) return 'is a link-local, metadata, unspecified or multicast address';
  if (!policy.allowLoopback && loopback.check(address, family)) return 'is a loopback address';
  return null;
}

/** Why this host (a name or an IP literal, brackets allowed) must not be connected to; null when it may. */
export function refuseHost(host: string, policy: AddressPolicy): string | null {
  const bare = host.replace(/^\[|\]$/gu, '').replace(/\.$/u, '');
  if (isIP(bare) !== 0) return refuseAddress(bare, policy);
  if (FORBIDDEN_HOSTS.test(bare)) return 'is a metadata service';
  if (!policy.allowLoopback && LOOPBACK_HOSTS.test(bare)) return 'is a loopback address';
  return null;
}

/** Why `text` is no acceptable server URL; null when it is. The answer never repeats the text. */
export function refuseServer(text: string, policy: AddressPolicy): string | null {
  if (!URL.canParse(text)) return 'is not a URL';
  const url = new URL(text);
  if (url.protocol !== 'https:') return 'must begin with https://';
  if (url.username !== '' || url.password !== '') return 'must not carry a user name or password';
  if (url.search !== '' || url.hash !== '') return 'must not carry a query or fragment';
  return refuseHost(url.hostname, policy);
}
