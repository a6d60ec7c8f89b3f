/** Dollars as the command line writes them: exact to the nano-dollar in JSON, to the cent for people. */
import type { Provider } from '../../model/workload.ts';

const NANO = 1e9;

/** Without the dust that sums of floating-point numbers leave behind. */
export const roundUSD = (amount: number): number => Math.round(amount * NANO) / NANO;

/** For people: $12.30, -$4.00. */
export const dollars = (amount: number): string => `${amount < -0.004 ? '-' : ''}$${Math.abs(amount).toFixed(2)}`;

/** A share for people: 12 %. */
export const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** A bill for people. One that is small for want of room is no bargain, so it says what it leaves out. */
export const billText = (bill: { readonly hourlyUSD: number; readonly unplacedUnits: number }): string =>
  bill.unplacedUnits === 0
    ? dollars(bill.hourlyUSD)
    : `${dollars(bill.hourlyUSD)}, and ${bill.unplacedUnits} units find no place`;

/** What people call the providers. */
export const PROVIDER_NAMES: Readonly<Record<Provider, string>> = { aws: 'AWS', azure: 'Azure', other: 'others' };
