/** A log that remembers what it was told. */
import type { Log, LogFields } from '../../operator/runtime/log.ts';

export interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

export interface RecordedLog extends Log {
  readonly lines: LoggedLine[];
}

export function recordedLog(lines: LoggedLine[] = [], scope: LogFields = {}): RecordedLog {
  const at =
    (level: LoggedLine['level']) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields: { ...scope, ...fields } });
    };
  return {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => recordedLog(lines, { ...scope, ...fields }),
  };
}
