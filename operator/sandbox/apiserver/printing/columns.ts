/** Short ways to declare the columns of a table. */
import type { KubeDocument } from '../../kube-api.ts';
import { asText, valueAt } from '../objects/json-tree.ts';
import type { PrinterColumn } from './printer-column.ts';

type Read = PrinterColumn['read'];

interface Extra {
  readonly type?: PrinterColumn['type'];
  /** Shown only with `-o wide`. */
  readonly wide?: boolean;
}

/** A column whose cell `read` computes. */
export const column = (name: string, read: Read, { type = 'string', wide = false }: Extra = {}): PrinterColumn => ({
  name,
  type,
  format: '',
  description: '',
  priority: wide ? 1 : 0,
  read,
});

const NONE = '<none>';

/** The value at a dotted path as text; `absent` where there is none. */
export const textAt = (object: KubeDocument, path: string, absent: string = NONE): string => {
  return asText(valueAt(object, path.split('.'))) || absent;
};

/** The number at a dotted path; 0 where there is none. */
export const numberAt = (object: KubeDocument, path: string): number => {
  const value = valueAt(object, path.split('.'));
  return typeof value === 'number' ? value : 0;
};

/** A column that shows the text at a dotted path. */
export const textColumn = (name: string, path: string, extra: Extra = {}): PrinterColumn =>
  column(name, (object) => textAt(object, path), extra);

/** A column that shows the number at a dotted path. */
export const numberColumn = (name: string, path: string, extra: Extra = {}): PrinterColumn =>
  column(name, (object) => numberAt(object, path), { ...extra, type: 'integer' });

/** Labels as `a=b,c=d`. */
export const labelsText = (labels: unknown): string => {
  const entries = typeof labels === 'object' && labels !== null ? Object.entries(labels) : [];
  return entries.length === 0 ? NONE : entries.map(([key, value]) => `${key}=${String(value)}`).join(',');
};
