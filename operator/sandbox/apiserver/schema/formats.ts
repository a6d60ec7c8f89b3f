/** The string formats that OpenAPI validation knows; a format it does not know says nothing. */
import { isIPv4, isIPv6 } from 'node:net';

type Check = (value: string) => boolean;

const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/u;
/** Go's duration ("1h30m") and the longer units that go-openapi reads beside it. */
const DURATION = /^[+-]?(\d+(\.\d+)?\s*(ns|us|µs|ms|s|m|h|d|w))+$/u;
const BASE64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/u;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/iu;
const EMAIL = /^[^\s@]+@[^\s@]+$/u;
const HOSTNAME = /^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/u;
const MAC = /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/iu;

const isCidr: Check = (value) => {
  const [address = '', bits = ''] = value.split('/');
  const length = Number(bits);
  if (!/^\d+$/u.test(bits)) return false;
  return (isIPv4(address) && length <= 32) || (isIPv6(address) && length <= 128);
};

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['date-time', (value) => DATE_TIME.test(value) && !Number.isNaN(Date.parse(value))],
  ['datetime', (value) => DATE_TIME.test(value) && !Number.isNaN(Date.parse(value))],
  ['date', (value) => /^\d{4}-\d{2}-\d{2}$/u.test(value) && !Number.isNaN(Date.parse(value))],
  ['duration', (value) => DURATION.test(value) || value === '0'],
  ['byte', (value) => BASE64.test(value)],
  ['uuid', (value) => UUID.test(value)],
  ['email', (value) => EMAIL.test(value)],
  ['hostname', (value) => HOSTNAME.test(value) && value.length <= 255],
  ['ipv4', isIPv4],
  ['ipv6', isIPv6],
  ['cidr', isCidr],
  ['mac', (value) => MAC.test(value)],
  ['uri', (value) => URL.canParse(value)],
]);

/** The format's name when the value is not of it, else null. */
export function formatProblem(value: string, format: string): string | null {
  const check = CHECKS.get(format);
  return check === undefined || check(value) ? null : format;
}
