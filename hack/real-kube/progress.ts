/** Tells a person what is being done and how long it took; results go to standard output, this to standard error. */

/** While something takes long, a sign of life this often. */
const SIGN_OF_LIFE_MS = 30_000;

export function say(text: string): void {
  process.stderr.write(`hack/kube: ${text}\n`);
}

export const secondsText = (ms: number): string =>
  ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;

/** Does it, tells when it began, that it goes on, and how long it took. */
export async function timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const started = performance.now();
  const took = (): string => secondsText(performance.now() - started);
  say(`${what} ...`);
  const signs = setInterval(() => say(`${what}: ${took()} so far`), SIGN_OF_LIFE_MS);
  try {
    const result = await work();
    say(`${what}: ${took()}`);
    return result;
  } catch (error) {
    say(`${what}: failed after ${took()}`);
    throw error;
  } finally {
    clearInterval(signs);
  }
}
