/** The columns every table has: the name first, the age where nothing better is known. */
import { ageSince } from './age.ts';
import type { PrinterColumn } from './printer-column.ts';

export const NAME_COLUMN: PrinterColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace.',
  priority: 0,
  read: (object) => object.metadata.name,
};

export const AGE_COLUMN: PrinterColumn = {
  name: 'Age',
  type: 'string',
  format: '',
  description: 'Time since the object was created.',
  priority: 0,
  read: (object, now) => ageSince(object.metadata.creationTimestamp, now),
};

export const STANDARD_COLUMNS: readonly PrinterColumn[] = [NAME_COLUMN, AGE_COLUMN];
