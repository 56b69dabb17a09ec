import { Random } from '../../base/random.ts';

/** Indices to learn from and indices that judge. */
export interface Split {
  readonly train: Uint32Array;
  readonly held: Uint32Array;
}

/**
 * Holds out a share of the samples, drawn with a seed. With labels every class gives its share, as nearly as whole samples allow:
 * samples are put in the order of their classes, at random within each, and taken at equal distances.
 * @param share 0 … 0.5; a sample at least is held out unless it is 0, and one is always left to learn from
 */
export function splitSamples(count: number, share: number, seed: number, labels?: ArrayLike<number>): Split {
  const random = new Random(seed);
  const order = Array.from(random.permutation(count));
  if (labels) order.sort((a, b) => labels[a] - labels[b]);
  const wanted = share === 0 ? 0 : Math.min(count - 1, Math.max(1, Math.round(share * count)));
  const start = random.next();
  const taken = new Set<number>();
  for (let i = 0; i < wanted; i++) taken.add(Math.floor(((i + start) * count) / wanted));
  const held = order.filter((_, i) => taken.has(i));
  const train = order.filter((_, i) => !taken.has(i));
  return { train: Uint32Array.from(train).sort(), held: Uint32Array.from(held).sort() };
}

/** A seed for one place of a stream: epochs and steps have their own, so that a resumed run needs no position in it. */
export function seedAt(seed: number, place: number): number {
  return (seed ^ Math.imul(place + 1, 0x9e3779b1)) >>> 0;
}
