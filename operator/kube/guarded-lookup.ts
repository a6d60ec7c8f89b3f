/** Name resolution that refuses what a name must not resolve to, at the moment of connecting. */
import type { LookupAddress, LookupOptions } from 'node:dns';
import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { AddressPolicy } from './server-address.ts';
import { refuseAddress } from './server-address.ts';

/** Resolves a name to all its addresses. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** A lookup for sockets; a name that resolves to nothing else than forbidden addresses counts as not found. */
export function guardedLookup(policy: AddressPolicy, resolve: Resolve = lookup): LookupFunction {
  return (hostname, options: LookupOptions, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '', 0);
        return;
      }
      const allowed = addresses.filter(({ address }) => refuseAddress(address, policy) === null);
      const [first] = allowed;
      if (first === undefined) {
        callback(Object.assign(new Error('the name resolves to a forbidden address'), { code: 'ENOTFOUND' }), '', 0);
      } else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
