/** The small part of XML that AWS's query protocols need. */

/** Members by element name; a list is repeated under its name, null and undefined are left out. */
export interface XmlNode {
  readonly [element: string]: XmlValue;
}
export type XmlValue = string | number | boolean | null | undefined | XmlNode | readonly XmlValue[];

const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

function element(name: string, value: XmlValue): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return (value as readonly XmlValue[]).map((item) => element(name, item)).join('');
  if (typeof value === 'object') return `<${name}>${members(value as XmlNode)}</${name}>`;
  return value === '' ? `<${name}/>` : `<${name}>${escapeXml(String(value))}</${name}>`;
}

const members = (node: XmlNode): string =>
  Object.entries(node)
    .map(([name, value]) => element(name, value))
    .join('');

/** A whole document with that root. */
export function xmlDocument(root: string, node: XmlNode, namespace?: string): string {
  const attribute = namespace === undefined ? '' : ` xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${members(node)}</${root}>`;
}
