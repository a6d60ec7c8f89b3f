/** What members have in common that one fault can take all of them with: a region, or the whole of a provider. */
import type { Member } from '../../model/fleet.ts';

type Located = Pick<Member, 'provider' | 'region'>;

export type Fate =
  | { readonly kind: 'Region'; readonly provider: Member['provider']; readonly region: Member['region'] }
  | { readonly kind: 'Provider'; readonly provider: Member['provider'] };

/** The narrowest they share; null: nothing. Providers called "other" are no one provider, and a region that nobody told is none. */
export function sharedFate(members: readonly Located[]): Fate | null {
  const [first, ...others] = members;
  if (first === undefined || others.some(({ provider }) => provider !== first.provider)) return null;
  const { provider, region } = first;
  if (region !== '' && others.every((it) => it.region === region)) return { kind: 'Region', provider, region };
  return provider === 'other' ? null : { kind: 'Provider', provider };
}

/** Whether what befell those of that fate does not explain anything about this one. */
export function isOutside(fate: Fate, member: Located): boolean {
  if (member.provider !== fate.provider) return true;
  return fate.kind === 'Region' && member.region !== '' && member.region !== fate.region;
}

export const describeFate = (fate: Fate): string =>
  fate.kind === 'Region' ? `region ${fate.region} of ${fate.provider}` : `provider ${fate.provider}`;
