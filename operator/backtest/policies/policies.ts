/** The policies that can be replayed, by the name the command line knows them by. */
import type { PolicyFactory } from '../observation.ts';
import { greedyCheapest } from './greedy-cheapest.ts';
import { onDemandOnly } from './on-demand-only.ts';
import { roundRobin } from './round-robin.ts';
import { spotHedge } from './spot-hedge.ts';
import { tradewind, type TradewindOptions } from './tradewind.ts';

export const POLICY_NAMES = ['tradewind', 'spothedge', 'greedy', 'round-robin', 'on-demand'] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

/** The policy of that name; `options` are those of Tradewind. */
export function policyNamed(name: PolicyName, options: TradewindOptions): PolicyFactory {
  const factories: Readonly<Record<PolicyName, PolicyFactory>> = {
    tradewind: tradewind(options),
    spothedge: spotHedge(1),
    greedy: greedyCheapest,
    'round-robin': roundRobin,
    'on-demand': onDemandOnly,
  };
  return factories[name];
}

export const isPolicyName = (name: string): name is PolicyName => (POLICY_NAMES as readonly string[]).includes(name);
