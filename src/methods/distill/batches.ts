import { Random } from '../../base/random.ts';
import type { Value } from '../../runtime/types.ts';
import type { Inputs, LabelledSamples } from '../types.ts';
import { augmentImages, blend, isAugmented } from './augment.ts';
import { type Head, LABELS, TARGETS } from './heads.ts';
import type { DistillOptions } from './options.ts';
import type { SampleStore } from './samples.ts';
import { seedAt } from './split.ts';

/** One batch to learn from. */
export interface TrainingBatch {
  readonly indices: Uint32Array;
  readonly inputs: Inputs;
  /** Whether the inputs are those as stored. */
  readonly plain: boolean;
}

/**
 * Batches in shuffled epochs. What an epoch leaves over after its last whole batch is dropped from it; the next one's shuffle leaves
 * over others. Order and augmentation follow from the seed and the step alone.
 */
export class Batches {
  readonly perEpoch: number;
  private epoch = -1;
  private order: Uint32Array = new Uint32Array(0);

  constructor(
    private readonly store: SampleStore,
    private readonly train: Uint32Array,
    readonly size: number,
    private readonly o: DistillOptions,
    private readonly seed: number,
  ) {
    this.perEpoch = Math.max(1, Math.floor(train.length / size));
  }

  async at(step: number): Promise<TrainingBatch> {
    const epoch = Math.floor(step / this.perEpoch);
    if (epoch !== this.epoch) {
      this.order = new Random(seedAt(this.seed, epoch)).permutation(this.train.length);
      this.epoch = epoch;
    }
    const start = (step % this.perEpoch) * this.size;
    const indices = Uint32Array.from(
      { length: this.size },
      (_, i) => this.train[this.order[(start + i) % this.train.length]],
    );
    const stored = await this.store.read(indices);
    if (!isAugmented(this.o.augment)) return { indices, inputs: stored, plain: true };
    const { augment } = this.o;
    const seed = seedAt(this.seed ^ 0x5bd1e995, step);
    const moved = Object.fromEntries(Object.entries(stored).map(([n, v]) => [n, augmentImages(v, augment, seed)]));
    return { indices, inputs: augment.mix ? blend(moved, seed ^ 0x2545f491) : moved, plain: false };
  }
}

/** What the data itself says about a batch, as inputs of the losses. @param dims of each head's output for a batch */
export function dataTargets(
  heads: readonly Head[],
  samples: LabelledSamples,
  count: number,
  indices: ArrayLike<number>,
  dims: readonly (readonly number[])[],
): Record<string, Value> {
  const out: Record<string, Value> = {};
  heads.forEach((head, i) => {
    if (!head.labelled) return;
    if (head.kind === 'classification') {
      const rows = BigInt64Array.from(Array.from(indices, (k) => BigInt(samples.labels![k])));
      out[LABELS] = { dtype: 'int64', dims: dims[i].filter((_, k) => k !== head.axis), data: rows };
      return;
    }
    out[TARGETS] = { dtype: 'float32', dims: dims[i], data: targetsOf(samples, count, indices)! };
  });
  return out;
}

export function targetsOf(
  samples: LabelledSamples,
  count: number,
  indices: ArrayLike<number>,
): Float32Array | undefined {
  const { targets } = samples;
  if (!targets) return undefined;
  const size = targets.length / count;
  const out = new Float32Array(size * indices.length);
  for (let i = 0; i < indices.length; i++)
    out.set(targets.subarray(indices[i] * size, (indices[i] + 1) * size), i * size);
  return out;
}
