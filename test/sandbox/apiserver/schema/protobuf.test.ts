/** Objects in Kubernetes' protobuf encoding. */
import { expect } from 'chai';
import { ApiError } from '../../../../operator/sandbox/apiserver/objects/status-error.ts';
import { loadBuiltinSchemas } from '../../../../operator/sandbox/apiserver/schema/builtin-schemas.ts';
import { createProtobufDecoder } from '../../../../operator/sandbox/apiserver/schema/protobuf.ts';

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
};
const number = (field: number, value: number): Buffer => Buffer.concat([varint(field * 8), varint(value)]);
const bytes = (field: number, content: Buffer | string): Buffer => {
  const body = Buffer.from(content);
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body]);
};
const message = (...fields: Buffer[]): Buffer => Buffer.concat(fields);
const envelope = (apiVersion: string, kind: string, raw: Buffer): Buffer =>
  message(Buffer.from('k8s\0', 'latin1'), bytes(1, message(bytes(1, apiVersion), bytes(2, kind))), bytes(2, raw));

describe('createProtobufDecoder', () => {
  const decode = createProtobufDecoder(loadBuiltinSchemas());

  it('reads strings, maps and bytes, and leaves zero values out as Go does', () => {
    const entry = (key: string, value: string): Buffer => message(bytes(1, key), bytes(2, value));
    const metadata = message(bytes(1, 'cm'), bytes(2, ''), bytes(11, entry('a', 'b')), number(7, 0), bytes(8, ''));
    const raw = message(
      bytes(1, metadata),
      bytes(2, entry('x', '1')),
      bytes(2, entry('y', '2')),
      bytes(3, entry('z', 'bin')),
    );
    expect(decode(envelope('v1', 'ConfigMap', raw))).to.deep.equal({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'cm', labels: { a: 'b' }, creationTimestamp: null },
      data: { x: '1', y: '2' },
      binaryData: { z: 'Ymlu' },
    });
  });

  it('keeps zeros behind pointers, and unwraps structs Go has inlined', () => {
    const volume = message(bytes(1, 'v'), bytes(2, bytes(2, bytes(1, 'memory'))));
    const quantity = message(bytes(1, 'cpu'), bytes(2, bytes(1, '500m')));
    const container = message(bytes(1, 'main'), bytes(2, 'img'), bytes(8, bytes(1, quantity)));
    const podSpec = message(bytes(1, volume), bytes(2, container));
    const spec = message(number(1, 0), bytes(3, bytes(2, podSpec)));
    const decoded = decode(envelope('apps/v1', 'Deployment', bytes(2, spec)));
    expect(decoded['spec']).to.deep.equal({
      replicas: 0,
      template: {
        spec: {
          volumes: [{ name: 'v', emptyDir: { medium: 'memory' } }],
          containers: [{ name: 'main', image: 'img', resources: { limits: { cpu: '500m' } } }],
        },
      },
    });
  });

  it('reads times and values that are a number or a string', () => {
    const time = message(number(1, 1_767_225_600), number(2, 5000));
    const lease = decode(envelope('coordination.k8s.io/v1', 'Lease', bytes(2, bytes(4, time))));
    expect(lease['spec']).to.deep.equal({ renewTime: '2026-01-01T00:00:00.000005Z' });
    const port = (target: Buffer): Buffer => bytes(1, message(number(3, 80), bytes(4, target)));
    const service = decode(
      envelope(
        'v1',
        'Service',
        bytes(2, message(port(message(number(1, 0), number(2, 8080))), port(message(number(1, 1), bytes(3, 'http'))))),
      ),
    );
    expect(service['spec']).to.deep.equal({
      ports: [
        { port: 80, targetPort: 8080 },
        { port: 80, targetPort: 'http' },
      ],
    });
  });

  it('refuses what it cannot read', () => {
    const code = (body: Buffer): unknown => {
      try {
        return decode(body);
      } catch (error) {
        return error instanceof ApiError ? error.code : error;
      }
    };
    expect(code(Buffer.from('{"kind":"Pod"}'))).to.equal(400);
    expect(code(envelope('v1', 'Nonsense', Buffer.alloc(0)))).to.equal(400);
    expect(code(envelope('v1', 'Pod', Buffer.from([0x0a, 0x7f])))).to.equal(400);
    expect(code(envelope('v1', 'Pod', Buffer.from([0x0f])))).to.equal(400);
  });
});
