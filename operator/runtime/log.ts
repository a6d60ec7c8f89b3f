/** The log's shape: a constant lower-case message and fields of a fixed vocabulary. winston-log.ts is the real one. */

/** Fields that may ride on a log line; anything else does not compile. */
export interface LogFields {
  readonly controller?: string;
  readonly reconcileId?: string;
  readonly inferenceDeployment?: string;
  readonly memberCluster?: string;
  readonly failoverDrill?: string;
  readonly cloud?: string;
  readonly region?: string;
  readonly offering?: string;
  readonly migrationId?: string;
  readonly phase?: string;
  readonly verdict?: string;
  readonly reason?: string;
  readonly code?: string;
  readonly count?: number;
  readonly durationMs?: number;
  readonly retryInMs?: number;
  readonly resource?: string;
  readonly address?: string;
  readonly identity?: string;
  readonly version?: string;
  readonly err?: unknown;
}

/** info: something changed. warn: degraded and handled. error: a person should look. debug: how it was evaluated. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose every line carries these fields too. */
  child(fields: LogFields): Log;
}
