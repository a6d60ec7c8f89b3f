/** Events have two faces, core/v1 and events.k8s.io/v1, over one store; they are kept as core/v1. */
import type { KubeDocument } from '../../kube-api.ts';
import type { Conversion } from './resource-definition.ts';

/** Field names of core/v1 and of events.k8s.io/v1. */
const RENAMED: readonly (readonly [string, string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
];

function renamed(event: KubeDocument, apiVersion: string, names: ReadonlyMap<string, string>): KubeDocument {
  const entries = Object.entries(event).map(([name, value]) => [names.get(name) ?? name, value] as const);
  return { ...(Object.fromEntries(entries) as KubeDocument), apiVersion };
}

const TO_EVENTS_GROUP = new Map(RENAMED);
const TO_CORE = new Map(RENAMED.map(([core, grouped]) => [grouped, core] as const));

export const EVENT_CONVERSION: Conversion = {
  fromStorage: (stored) => renamed(stored, 'events.k8s.io/v1', TO_EVENTS_GROUP),
  toStorage: (served) => renamed(served, 'v1', TO_CORE),
};
