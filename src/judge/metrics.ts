import { halvesToFloats } from '../onnx/float.ts';
import type { Value } from '../runtime/types.ts';
import { pairedChange, RunningMean, wilson } from './intervals.ts';
import type { Accuracy, Comparison, Estimate } from './types.ts';

/** An output's numbers as floats; integers too, since some models end in an ArgMax. */
export function asFloats(value: Value): ArrayLike<number> {
  if (value.dtype === 'float16') return halvesToFloats(value.data as Uint16Array<ArrayBuffer>);
  if (value.dtype === 'int64' || value.dtype === 'uint64') {
    return Float64Array.from(value.data as BigInt64Array, Number);
  }
  return value.data as ArrayLike<number>;
}

/** Index of the largest of `n` numbers from `at`; the first of equals, as numpy's argmax. NaN never wins. */
export function argmax(y: ArrayLike<number>, at: number, n: number): number {
  let best = 0;
  for (let k = 1; k < n; k++) if (y[at + k] > y[at + best] || Number.isNaN(y[at + best])) best = k;
  return best;
}

/** Whether `label` is among the five largest; ties count against it, so that a constant output scores nothing. */
function inTopFive(y: ArrayLike<number>, at: number, n: number, label: number): boolean {
  let above = 0;
  for (let k = 0; k < n; k++) if (k !== label && y[at + k] >= y[at + label]) above++;
  return above < 5 && !Number.isNaN(y[at + label]);
}

/** Counts of one model's answers. */
export class AccuracyCounts {
  samples = 0;
  private top1 = 0;
  private top5 = 0;
  private readonly confusion: Uint32Array<ArrayBuffer>;

  constructor(readonly classes: number) {
    this.confusion = new Uint32Array(classes * classes);
  }

  add(label: number, answer: number, topFive: boolean): void {
    this.samples++;
    if (answer === label) this.top1++;
    if (topFive) this.top5++;
    this.confusion[label * this.classes + answer]++;
  }

  result(): Accuracy {
    const k = this.classes;
    const perClass = Array.from({ length: k }, (_, c) => ({
      correct: this.confusion[c * k + c],
      total: this.confusion.subarray(c * k, (c + 1) * k).reduce((a, b) => a + b, 0),
    }));
    return {
      samples: this.samples,
      top1: wilson(this.top1, this.samples),
      ...(k > 5 && { top5: wilson(this.top5, this.samples) }),
      perClass,
      confusion: this.confusion.slice(),
    };
  }
}

/** Right or wrong in each of two models on the same samples. */
class Paired {
  private both = 0;
  private lost = 0;
  private won = 0;
  private neither = 0;

  add(before: boolean, after: boolean): void {
    if (before && after) this.both++;
    else if (before) this.lost++;
    else if (after) this.won++;
    else this.neither++;
  }

  change(): Estimate {
    return pairedChange(this.both, this.lost, this.won, this.neither);
  }
}

/** Everything that is counted while batches go by. Memory does not grow with the number of samples. */
export class Counts {
  samples = 0;
  readonly original?: AccuracyCounts;
  readonly compressed?: AccuracyCounts;
  private readonly top1 = new Paired();
  private readonly top5 = new Paired();
  private agreed = 0;
  private signal = 0;
  private noise = 0;
  private maxAbs = 0;
  private readonly cosine = new RunningMean();
  private readonly mse = { original: new RunningMean(), compressed: new RunningMean() };
  private readonly notFinite = { original: 0, compressed: 0 };

  /**
   * @param classes scores per sample of the first output, when it is class scores
   * @param labels true classes @param targets true values, `width` for each sample
   */
  constructor(
    private readonly classes: number | undefined,
    private readonly labels?: Int32Array,
    private readonly targets?: { values: Float32Array; width: number },
  ) {
    if (classes && labels) {
      this.original = new AccuracyCounts(classes);
      this.compressed = new AccuracyCounts(classes);
    }
  }

  /**
   * One batch's outputs of both models.
   * @param indices the samples, in the batch's order; rows past them are padding and do not count
   */
  add(indices: ArrayLike<number>, batch: number, original: readonly Value[], compressed: readonly Value[]): void {
    const a = original.map(asFloats);
    const b = compressed.map(asFloats);
    for (let row = 0; row < indices.length; row++) {
      this.samples++;
      this.distance(row, batch, a, b);
      if (this.classes) this.scores(row, indices[row], a[0], b[0], this.classes);
      if (this.targets) this.errors(row, indices[row], a[0], b[0], this.targets);
    }
  }

  private distance(row: number, batch: number, a: ArrayLike<number>[], b: ArrayLike<number>[]): void {
    let aa = 0;
    let bb = 0;
    let ab = 0;
    let noise = 0;
    for (let o = 0; o < a.length; o++) {
      const n = a[o].length / batch;
      for (let i = row * n; i < (row + 1) * n; i++) {
        const x = a[o][i];
        const y = b[o][i];
        aa += x * x;
        bb += y * y;
        ab += x * y;
        noise += (x - y) ** 2;
        const d = Math.abs(x - y);
        if (d > this.maxAbs) this.maxAbs = d;
      }
    }
    const finite = { original: Number.isFinite(aa), compressed: Number.isFinite(bb) };
    if (!finite.original) this.notFinite.original++;
    if (!finite.compressed) this.notFinite.compressed++;
    if (!finite.original || !finite.compressed) return;
    this.signal += aa;
    this.noise += noise;
    // Two zero vectors point the same way; one alone points nowhere.
    this.cosine.add(aa === 0 && bb === 0 ? 1 : aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb));
  }

  private scores(row: number, index: number, a: ArrayLike<number>, b: ArrayLike<number>, k: number): void {
    const before = argmax(a, row * k, k);
    const after = argmax(b, row * k, k);
    if (before === after) this.agreed++;
    if (!this.labels) return;
    const label = this.labels[index];
    const five = { before: inTopFive(a, row * k, k, label), after: inTopFive(b, row * k, k, label) };
    this.original?.add(label, before, five.before);
    this.compressed?.add(label, after, five.after);
    this.top1.add(before === label, after === label);
    this.top5.add(five.before, five.after);
  }

  private errors(
    row: number,
    index: number,
    a: ArrayLike<number>,
    b: ArrayLike<number>,
    t: { values: Float32Array; width: number },
  ): void {
    let before = 0;
    let after = 0;
    for (let k = 0; k < t.width; k++) {
      const truth = t.values[index * t.width + k];
      before += (a[row * t.width + k] - truth) ** 2 / t.width;
      after += (b[row * t.width + k] - truth) ** 2 / t.width;
    }
    this.mse.original.add(before);
    this.mse.compressed.add(after);
  }

  comparison(): Comparison {
    const labelled = this.classes !== undefined && this.labels !== undefined;
    return {
      samples: this.samples,
      ...(labelled && { top1Change: this.top1.change() }),
      ...(labelled && this.classes! > 5 && { top5Change: this.top5.change() }),
      ...(this.classes !== undefined && { agreement: wilson(this.agreed, this.samples) }),
      sqnr: this.noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(this.signal / this.noise),
      cosine: this.cosine.estimate(),
      maxAbsError: this.maxAbs,
      notFinite: { ...this.notFinite },
      ...(this.targets && {
        mse: { original: this.mse.original.estimate(), compressed: this.mse.compressed.estimate() },
      }),
    };
  }
}
