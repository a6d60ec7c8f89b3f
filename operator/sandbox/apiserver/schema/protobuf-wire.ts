/** Protobuf's wire format: a message as its numbered fields. */
import { badRequest } from '../objects/status-error.ts';

/** One field as it is on the wire. */
export interface WireField {
  readonly number: number;
  /** The value of a varint; 0 for others. */
  readonly varint: bigint;
  /** The content of a length-delimited or fixed field; empty for others. */
  readonly bytes: Buffer;
}

const NOTHING = Buffer.alloc(0);

function readVarint(buffer: Buffer, start: number): [bigint, number] {
  let value = 0n;
  let shift = 0n;
  for (let at = start; at < buffer.length; at += 1) {
    const byte = buffer[at] ?? 0;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return [value, at + 1];
    shift += 7n;
  }
  throw badRequest('protobuf: unexpected end of data');
}

/** The fields of a message, in their order on the wire. */
export function readFields(buffer: Buffer): WireField[] {
  const fields: WireField[] = [];
  let at = 0;
  while (at < buffer.length) {
    const [tag, afterTag] = readVarint(buffer, at);
    const number = Number(tag >> 3n);
    const [field, next] = readField(buffer, afterTag, { number, wireType: Number(tag & 7n) });
    if (next > buffer.length) throw badRequest('protobuf: unexpected end of data');
    fields.push(field);
    at = next;
  }
  return fields;
}

function readField(
  buffer: Buffer,
  at: number,
  { number, wireType }: { number: number; wireType: number },
): [WireField, number] {
  switch (wireType) {
    case 0: {
      const [varint, next] = readVarint(buffer, at);
      return [{ number, varint, bytes: NOTHING }, next];
    }
    case 1:
      return [{ number, varint: 0n, bytes: buffer.subarray(at, at + 8) }, at + 8];
    case 2: {
      const [length, start] = readVarint(buffer, at);
      const end = start + Number(length);
      return [{ number, varint: 0n, bytes: buffer.subarray(start, end) }, end];
    }
    case 5:
      return [{ number, varint: 0n, bytes: buffer.subarray(at, at + 4) }, at + 4];
    default:
      throw badRequest(`protobuf: unknown wire type ${wireType}`);
  }
}

/** A string field's text; empty when it is absent. */
export const text = (field: WireField | undefined): string => field?.bytes.toString('utf8') ?? '';
