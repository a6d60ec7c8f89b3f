/** Counts a member's nodes: every judgement of any member asks it of all of them, and nodes change seldom. */
import type { MemberEvidence } from '../model/fleet.ts';
import type { InventoryView } from './member-inventory.ts';

type Nodes = NonNullable<MemberEvidence['nodes']>;

export class NodeCount {
  #counted: { readonly version: number; readonly nodes: Nodes } | null = null;

  /** Those with accelerators; null while the nodes are not known. */
  read({ nodes, nodesVersion }: Pick<InventoryView, 'nodes' | 'nodesVersion'>): Nodes | null {
    if (nodes === null) return null;
    if (this.#counted?.version === nodesVersion) return this.#counted.nodes;
    let [total, ready] = [0, 0];
    for (const node of nodes.values()) {
      if (node.accelerators === null) continue;
      total += 1;
      if (node.ready) ready += 1;
    }
    this.#counted = { version: nodesVersion, nodes: { total, ready } };
    return this.#counted.nodes;
  }
}
