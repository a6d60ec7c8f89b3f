/** Who holds how much of what runs today: the share of spend and of accelerators that is with each provider. */
import type { FleetSnapshot } from '../../model/fleet.ts';
import { compareText } from '../../model/names.ts';
import { fraction, type Fraction, type UsdPerHour } from '../../model/units.ts';
import type { Provider } from '../../model/workload.ts';
import { heldSpend, spendOf } from './held-spend.ts';

export interface VendorShare {
  readonly provider: Provider;
  readonly hourly: UsdPerHour;
  readonly spendShare: Fraction;
  readonly accelerators: number;
  readonly acceleratorShare: Fraction;
}

/** One entry for each provider of the fleet, by name; shares of nothing are 0. */
export function vendorShares(fleet: FleetSnapshot): readonly VendorShare[] {
  const held = heldSpend(fleet);
  const total = { hourly: spendOf(held), accelerators: held.reduce((sum, { accelerators }) => sum + accelerators, 0) };
  const providers = [...new Set(fleet.members.map((member) => member.provider))].sort(compareText);
  return providers.map((provider) => {
    const own = held.filter((it) => it.provider === provider);
    const [hourly, accelerators] = [spendOf(own), own.reduce((sum, it) => sum + it.accelerators, 0)];
    return {
      provider,
      hourly,
      spendShare: shareOf(hourly, total.hourly),
      accelerators,
      acceleratorShare: shareOf(accelerators, total.accelerators),
    };
  });
}

const shareOf = (part: number, whole: number): Fraction => fraction(whole === 0 ? 0 : part / whole);
