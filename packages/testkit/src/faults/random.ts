import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Random choices that are the same for the same seed and name. */
export class Random {
  readonly #source;

  /** @param name tells apart the streams of one run, so that what one part draws does not move the others */
  constructor(seed: number, name: string) {
    const hash = [...name].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, seed);
    this.#source = xoroshiro128plus(hash);
  }

  /** A whole number, both ends included. */
  between(from: number, to: number): number {
    return uniformInt(this.#source, from, to);
  }

  chance(percent: number): boolean {
    return this.between(1, 100) <= percent;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.between(0, items.length - 1)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}
