/** The types whose protobuf and JSON forms have nothing in common: times, quantities, raw JSON. */
import { readFields, text } from './protobuf-wire.ts';

/** The JSON value of a well-known type, null inside for a zero time; null for any other type. */
export function wellKnown(name: string, bytes: Buffer): { readonly value: unknown } | null {
  switch (name.slice('io.k8s.apimachinery.pkg.'.length)) {
    case 'apis.meta.v1.Time':
      return { value: readTime(bytes, false) };
    case 'apis.meta.v1.MicroTime':
      return { value: readTime(bytes, true) };
    case 'api.resource.Quantity':
      return { value: text(readFields(bytes).find(({ number }) => number === 1)) || '0' };
    case 'util.intstr.IntOrString':
      return { value: readIntOrString(bytes) };
    case 'apis.meta.v1.FieldsV1':
    case 'runtime.RawExtension':
      return { value: readRaw(bytes) };
    default:
      return null;
  }
}

function readTime(bytes: Buffer, micro: boolean): string | null {
  const fields = readFields(bytes);
  const seconds = fields.find(({ number }) => number === 1)?.varint;
  if (seconds === undefined) return null;
  const stamp = new Date(Number(BigInt.asIntN(64, seconds)) * 1000).toISOString().slice(0, 19);
  if (!micro) return `${stamp}Z`;
  const nanos = fields.find(({ number }) => number === 2)?.varint ?? 0n;
  return `${stamp}.${String(nanos / 1000n).padStart(6, '0')}Z`;
}

function readIntOrString(bytes: Buffer): number | string {
  const fields = readFields(bytes);
  const isString = fields.find(({ number }) => number === 1)?.varint === 1n;
  if (isString) return text(fields.find(({ number }) => number === 3));
  return Number(BigInt.asIntN(32, fields.find(({ number }) => number === 2)?.varint ?? 0n));
}

function readRaw(bytes: Buffer): unknown {
  const raw = text(readFields(bytes).find(({ number }) => number === 1));
  return raw === '' ? null : JSON.parse(raw);
}
