/** The operator's process: reads the settings, turns signals into a stop, and failures into an exit code. */
import { hostname } from 'node:os';
import { processSurroundings, readConfig, type Config, type Flags } from './config.ts';
import type { Clock } from './model/clock.ts';
import { isFailure } from './model/errors.ts';
import { runOperator } from './run-operator.ts';
import { instant } from './model/units.ts';
import { createSystemClock } from './runtime/system-clock.ts';
import { systemRandom } from './runtime/random.ts';
import { createWinstonLog } from './runtime/winston-log.ts';

/** A setting is wrong: nothing was started. */
const EXIT_USAGE = 2;
/** It ran and failed, or lost the lease: start it again. */
const EXIT_FAILURE = 1;

/** The machine's time, or the sandbox's when its endpoints file says that it runs on a time of its own. */
function clockFor({ sandboxClock }: Config): Clock {
  const machine = createSystemClock();
  if (sandboxClock === null) return machine;
  const { realStart, virtualStart, speed } = sandboxClock;
  return createSystemClock({ start: instant(virtualStart + (machine.now() - realStart) * speed), speed });
}

/** Runs the operator until SIGINT or SIGTERM; resolves to the exit code. */
export async function main(flags: Flags): Promise<number> {
  let config: Config;
  try {
    config = readConfig(flags, processSurroundings(hostname()));
  } catch (error) {
    process.stderr.write(`tradewind run: ${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT_USAGE;
  }
  const clock = clockFor(config);
  const log = createWinstonLog({ level: config.logLevel, format: config.logFormat, clock });
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => stop.abort(new Error(`received ${name}`)));
  }
  try {
    await runOperator({ config, clock, log, random: systemRandom }, stop.signal);
    return 0;
  } catch (error) {
    log.error('operator failed', isFailure(error) ? { code: error.code, err: error } : { err: error });
    return EXIT_FAILURE;
  }
}
