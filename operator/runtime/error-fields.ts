/** An error as a log line shows it: name, code, message and the chain of causes; never a response body. */
import { isFailure } from '../model/errors.ts';
import { redactText } from './redact.ts';

const MAX_CAUSES = 5;
const MAX_STACK_LINES = 8;

export interface ErrorFields {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
  readonly cause?: ErrorFields;
  /** Only of errors that nobody foresaw. */
  readonly stack?: string;
}

/** What to log of `error`, whatever was thrown. */
export function errorFields(error: unknown): ErrorFields {
  const fields = describe(error, MAX_CAUSES);
  if (!(error instanceof Error) || isFailure(error)) return fields;
  const stack = error.stack?.split('\n').filter((line) => line.startsWith('    at '));
  return stack === undefined ? fields : { ...fields, stack: redactText(stack.slice(0, MAX_STACK_LINES).join('\n')) };
}

function describe(error: unknown, causesLeft: number): ErrorFields {
  if (!(error instanceof Error)) {
    return { name: 'NotAnError', message: typeof error === 'string' ? redactText(error) : typeof error };
  }
  const code = 'code' in error ? error.code : undefined;
  const cause = error.cause ?? (error instanceof AggregateError ? (error.errors[0] as unknown) : undefined);
  return {
    name: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code: redactText(String(code)) } : {}),
    message: redactText(error.message),
    ...(cause !== undefined && cause !== null && causesLeft > 0 ? { cause: describe(cause, causesLeft - 1) } : {}),
  };
}
