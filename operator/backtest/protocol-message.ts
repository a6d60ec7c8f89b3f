/** Reads one line of the backtest protocol, version 1: unknown JSON in, a message or an error out. */
import type { Init, Observation } from './observation.ts';

export type Message = Init | Observation | { readonly type: 'end' };

const INIT_FIELDS = { dtSeconds: 'number', coldStartSeconds: 'number', target: 'number' } as const;
const STEP_FIELDS = { t: 'number', timeSeconds: 'number', target: 'number' } as const;
const POOL_FIELDS = { id: 'string', zone: 'string', region: 'string', provider: 'string', kind: 'string' } as const;
const COUNT_FIELDS = {
  price: 'number',
  launched: 'number',
  ready: 'number',
  provisioning: 'number',
  preemptedSinceLast: 'number',
  launchFailures: 'number',
  launchSuccesses: 'number',
} as const;

/** Throws an Error with a sentence on what is wrong when the line is no message of the protocol. */
export function readMessage(line: string): Message {
  const message: unknown = JSON.parse(line);
  if (!isRecord(message)) throw new Error('a message is a JSON object');
  switch (message['type']) {
    case 'init':
      if (message['protocol'] !== 1)
        throw new Error(`protocol ${String(message['protocol'])} is not spoken here; 1 is`);
      requireFields(message, INIT_FIELDS, 'init');
      requirePools(message, POOL_FIELDS, 'init');
      return message as unknown as Init;
    case 'step':
      requireFields(message, STEP_FIELDS, 'step');
      requirePools(message, { ...POOL_FIELDS, ...COUNT_FIELDS }, 'step');
      return message as unknown as Observation;
    case 'end':
      return { type: 'end' };
    default:
      throw new Error(`unknown message type ${JSON.stringify(message['type'])}`);
  }
}

type Fields = Readonly<Record<string, 'number' | 'string'>>;
type Json = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null;

function requireFields(value: Json, fields: Fields, where: string): void {
  for (const [field, type] of Object.entries(fields)) {
    const found = value[field];
    const fits = typeof found === type && (type !== 'number' || Number.isFinite(found));
    if (!fits) throw new Error(`${where}: ${field} must be a ${type}`);
  }
}

function requirePools({ pools }: Json, fields: Fields, where: string): void {
  if (!Array.isArray(pools) || pools.length === 0) throw new Error(`${where}: pools must be a list of pools`);
  for (const pool of pools as readonly unknown[]) {
    if (!isRecord(pool)) throw new Error(`${where}: a pool is a JSON object`);
    requireFields(pool, fields, `${where}, pool ${String(pool['id'])}`);
    if (pool['kind'] !== 'spot' && pool['kind'] !== 'ondemand')
      throw new Error(`${where}: kind must be spot or ondemand`);
  }
}
