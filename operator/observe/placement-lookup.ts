/** Finds the Deployment of a placement on a member. */
import type { OfferingId } from '../model/names.ts';
import type { DeploymentView } from './deployment-view.ts';
import type { InventoryView } from './member-inventory.ts';

export class PlacementLookup {
  readonly #inventory: InventoryView;
  #indexed: { readonly version: number; readonly byPlacement: ReadonlyMap<string, DeploymentView> } | null = null;

  constructor(inventory: InventoryView) {
    this.#inventory = inventory;
  }

  /** null when there is none, or none is known of. */
  deployment(ownerUid: string, offering: OfferingId): DeploymentView | null {
    const { version, deployments } = this.#inventory;
    if (this.#indexed?.version !== version) {
      const entries = [...(deployments?.values() ?? [])].map((it) => [`${it.ownerUid}|${it.offering}`, it] as const);
      this.#indexed = { version, byPlacement: new Map(entries) };
    }
    return this.#indexed.byPlacement.get(`${ownerUid}|${offering}`) ?? null;
  }
}
