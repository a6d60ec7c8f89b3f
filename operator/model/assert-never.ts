/** Makes a switch over a union exhaustive: the compiler refuses a forgotten variant, the run time an unknown one. */
export function assertNever(value: never): never {
  throw new Error(`unexpected variant: ${JSON.stringify(value)}`);
}
