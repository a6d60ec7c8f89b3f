/** The real log: one line for each entry, JSON by default, with secrets taken out and errors made short. */
import type { Writable } from 'node:stream';
import winston from 'winston';
import type { Clock } from '../model/clock.ts';
import { errorFields } from './error-fields.ts';
import type { Log, LogFields } from './log.ts';
import { redactText, redactValue } from './redact.ts';

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface WinstonLogOptions {
  readonly level: LogLevel;
  /** json: one object a line. text: for a person at a terminal. */
  readonly format: 'json' | 'text';
  readonly clock: Clock;
  /** Where lines go; the process's standard output when absent. */
  readonly stream?: Writable;
}

/** A log that writes through winston. */
export function createWinstonLog(options: WinstonLogOptions): Log {
  const render = options.format === 'json' ? renderJson : renderText;
  const stream = options.stream ?? process.stdout;
  const logger = winston.createLogger({
    level: options.level,
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    format: winston.format.printf((entry) => String(entry.message)),
    transports: [new winston.transports.Stream({ stream, eol: '\n' })],
  });
  // A log that cannot be written (a closed pipe, a full disk) must not end the process.
  logger.on('error', () => {});
  stream.on('error', () => {});
  const write = (level: LogLevel, message: string, fields: LogFields): void => {
    if (!logger.isLevelEnabled(level)) return;
    const time = new Date(options.clock.now()).toISOString();
    logger.log(level, render({ time, level, msg: redactText(message) }, safeFields(fields)));
  };
  return scopedLog(write, {});
}

type Write = (level: LogLevel, message: string, fields: LogFields) => void;

function scopedLog(write: Write, scope: LogFields): Log {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void =>
      write(level, message, { ...scope, ...fields });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => scopedLog(write, { ...scope, ...fields }),
  };
}

function safeFields({ err, ...fields }: LogFields): Record<string, unknown> {
  const safe = redactValue(fields) as Record<string, unknown>;
  return err === undefined ? safe : { ...safe, err: errorFields(err) };
}

interface Head {
  readonly time: string;
  readonly level: LogLevel;
  readonly msg: string;
}

const renderJson = (head: Head, fields: Record<string, unknown>): string => JSON.stringify({ ...head, ...fields });

const renderText = ({ time, level, msg }: Head, fields: Record<string, unknown>): string =>
  [
    time.slice(11, 23),
    level.toUpperCase().padEnd(5),
    msg,
    ...Object.entries(fields).map(
      ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ),
  ].join(' ');
