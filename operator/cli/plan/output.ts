/** What the commands that answer have in common: formats, usage errors, and how a failure ends. */
import { type Command, Option } from 'commander';

/** Exit codes: what was asked for cannot be done; it was not asked for in a way that can be understood. */
const FAILED = 1;
const USAGE = 2;

/** The option -o with these formats, the first of them the default. */
export const outputOption = (formats: readonly string[]): Option =>
  new Option('-o, --output <format>', 'what to print').choices(formats).default(formats[0]);

/** Collects a repeatable option's values; -f a b -f c names three. */
export const filesOption = (description: string): Option => new Option('-f, --filename <path...>', description);

/** Makes a wrong command line end with 2, so that scripts can tell it from input that cannot be used. */
export const endingUsageWith2 = (command: Command): Command =>
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : USAGE));

/** Prints what `answer` tells (null: it has told everything itself), or why it cannot, and sets the exit code. */
export async function answering(name: string, answer: () => Promise<string | null> | string): Promise<void> {
  try {
    const text = await answer();
    if (text !== null) process.stdout.write(`${text}\n`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    for (const line of message.split('\n')) process.stderr.write(`tradewind ${name}: ${line}\n`);
    process.exitCode = FAILED;
  }
}

export const toJson = (value: unknown): string => JSON.stringify(value, null, 2);
