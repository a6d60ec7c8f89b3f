/** Puts on the hub what a user would have applied there: the CRDs of crds/, MemberClusters, a scenario's manifests. */
import { readdir, readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import type { KubeApi, KubeDocument, ResourceRef } from './kube-api.ts';
import { shippedFolder } from './shipped-folders.ts';

const DEFINITIONS: ResourceRef = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' };

/** Kinds that a scenario may bring beside Tradewind's own. */
const BUILT_IN: Readonly<Record<string, ResourceRef>> = {
  'v1/Namespace': { group: '', version: 'v1', plural: 'namespaces' },
  'v1/Secret': { group: '', version: 'v1', plural: 'secrets' },
  'v1/ConfigMap': { group: '', version: 'v1', plural: 'configmaps' },
};

/** A CustomResourceDefinition, as far as it is read here. */
interface Definition extends KubeDocument {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly { readonly name: string }[];
  };
}

/** The CRDs that come with Tradewind, by file name. */
export async function readDefinitions(): Promise<readonly Definition[]> {
  const folder = shippedFolder('crds');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml')).sort();
  return await Promise.all(
    files.map(async (file) => load(await readFile(new URL(file, folder), 'utf8')) as Definition),
  );
}

/** Creates the definitions and then the objects, in order. Rejects with what the API server says against one. */
export async function installOnHub(api: KubeApi, objects: readonly KubeDocument[]): Promise<void> {
  const definitions = await readDefinitions();
  for (const definition of definitions) await api.create(DEFINITIONS, definition);
  for (const object of objects) await api.create(resourceOf(object, definitions), object);
}

/** The resource of an object of a kind that Tradewind defines or that a scenario may bring. */
export function resourceOf(object: KubeDocument, definitions: readonly Definition[]): ResourceRef {
  const { apiVersion, kind } = object;
  const [group = '', version = ''] = apiVersion.split('/');
  const definition = definitions.find(({ spec }) => spec.group === group && spec.names.kind === kind);
  const resource = definition
    ? { group, version, plural: definition.spec.names.plural }
    : BUILT_IN[`${apiVersion}/${kind}`];
  if (resource === undefined) throw new Error(`the sandbox cannot install ${apiVersion} ${kind} on the hub`);
  return resource;
}
