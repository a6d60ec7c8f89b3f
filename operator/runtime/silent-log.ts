/** A log that says nothing, for tools and tests that have nobody to tell. */
import type { Log } from './log.ts';

export const SILENT_LOG: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => SILENT_LOG,
};
