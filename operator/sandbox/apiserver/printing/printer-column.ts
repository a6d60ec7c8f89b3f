/** One column of a table as `kubectl get` prints it. */
import type { KubeDocument } from '../../kube-api.ts';

/** A column: its heading, and how to fill a cell. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, anything higher only with `-o wide`. */
  readonly priority: number;
  /** The cell for an object; `now` in milliseconds since the epoch, for ages. */
  read(object: KubeDocument, now: number): unknown;
}
