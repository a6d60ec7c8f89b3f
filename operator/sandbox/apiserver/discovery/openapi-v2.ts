/** OpenAPI v2, as far as clients still ask for it: its definitions as JSON, and an empty document as protobuf. */
import type { JsonMap } from '../objects/json-tree.ts';
import { isList, isMap } from '../objects/json-tree.ts';

const TITLE = 'Kubernetes';
const VERSION = 'unversioned';

/** A length-delimited protobuf field of fewer than 128 bytes. */
const field = (number: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([(number << 3) | 2, content.length]), content]);

/**
 * The smallest document in the protobuf encoding that kubectl reads: no definitions, so that it leaves validation to the
 * server. Fields by openapiv2's Document (1 swagger, 2 info) and Info (1 title, 2 version).
 */
export const emptyProtobuf = (): Buffer => {
  const info = Buffer.concat([field(1, Buffer.from(TITLE)), field(2, Buffer.from(VERSION))]);
  return Buffer.concat([field(1, Buffer.from('2.0')), field(2, info)]);
};

/** References of version 2 point elsewhere than those of version 3. */
function withDefinitionRefs(tree: unknown): unknown {
  if (isList(tree)) return tree.map(withDefinitionRefs);
  if (!isMap(tree))
    return typeof tree === 'string' ? tree.replace(/^#\/components\/schemas\//u, '#/definitions/') : tree;
  return Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, withDefinitionRefs(value)]));
}

/** The definitions of all schemas. */
export const openApiV2 = (schemas: JsonMap): JsonMap => ({
  swagger: '2.0',
  info: { title: TITLE, version: VERSION },
  paths: {},
  definitions: withDefinitionRefs(schemas),
});
