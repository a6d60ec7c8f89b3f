/** The only source of chance in a simulation: one seed, one story. */
import { createSeededRandom, type Random } from '../../operator/runtime/random.ts';

export class Dice {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = createSeededRandom(Math.imul(seed + 1, 0x9e3779b1));
  }

  /** A whole number from `least` to `most`, both included. */
  int(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.int(0, items.length - 1)];
    if (item === undefined) throw new Error('there is nothing to pick from');
    return item;
  }
}
