/** What is held today and what it costs at today's prices, placement by placement. */
import type { FleetSnapshot, Holding, Member, Offering } from '../../model/fleet.ts';
import type { WorkloadKey } from '../../model/names.ts';
import { usdPerHour, type UsdPerHour } from '../../model/units.ts';
import type { Provider } from '../../model/workload.ts';

export interface HeldSpend {
  readonly key: WorkloadKey;
  readonly holding: Holding;
  readonly provider: Provider;
  readonly accelerators: number;
  /** 0 where no price is known. */
  readonly hourly: UsdPerHour;
}

/** Replicas held that are not stranded, at the price of the accelerators they take; those on no known offering are left out. */
export function heldSpend({ members, workloads }: FleetSnapshot): readonly HeldSpend[] {
  const offerings = new Map(
    members.flatMap((member) => member.offerings.map((offering) => [offering.id, { member, offering }] as const)),
  );
  return workloads.flatMap(({ workload, holdings }) =>
    holdings.flatMap((holding): HeldSpend[] => {
      const site = offerings.get(holding.offering);
      const shape = workload.shapes.find((it) => it.accelerator === holding.record.accelerator);
      if (!site || !shape || holding.record.phase === 'Stranded') return [];
      const accelerators = holding.record.replicas * shape.count;
      return [{ key: workload.key, holding, accelerators, ...priced(site, accelerators) }];
    }),
  );
}

const priced = (
  { member, offering }: { readonly member: Member; readonly offering: Offering },
  accelerators: number,
): Pick<HeldSpend, 'provider' | 'hourly'> => ({
  provider: member.provider,
  hourly: usdPerHour((accelerators * (offering.price?.perNodeHour ?? 0)) / offering.acceleratorsPerNode),
});

/** The hourly sum. */
export const spendOf = (held: readonly HeldSpend[]): UsdPerHour =>
  usdPerHour(held.reduce((sum, { hourly }) => sum + hourly, 0));
