/**
 * The pod template of a workload that requests are led to: its pods go on serving for a while when they are deleted,
 * because whoever leads requests learns of it a moment later.
 */
import type { Json, JsonObject } from '../model/json.ts';
import type { TrafficRouting } from '../model/traffic-routing.ts';
import { seconds, toSeconds } from '../model/units.ts';

/** Weights follow within a second, and gateways within a few more. */
const NOTICE_PERIOD = seconds(10);
/** For the streams that are under way then, where the template does not say how long they may take. */
const STREAM_GRACE = seconds(60);

const objectOf = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

/** What the template says itself is left as it is. */
export function servingTemplate(template: JsonObject, routing: TrafficRouting | null): JsonObject {
  const spec = objectOf(template['spec']);
  const [first, ...others] = (spec['containers'] ?? []) as readonly JsonObject[];
  if (routing === null || first === undefined || first['lifecycle'] !== undefined) return template;
  const notice = toSeconds(NOTICE_PERIOD) + (routing.via.kind === 'Dns' ? Math.ceil(toSeconds(routing.via.ttl)) : 0);
  const server = { ...first, lifecycle: { preStop: { sleep: { seconds: notice } } } };
  const grace = spec['terminationGracePeriodSeconds'] ?? notice + toSeconds(STREAM_GRACE);
  return { ...template, spec: { ...spec, terminationGracePeriodSeconds: grace, containers: [server, ...others] } };
}
