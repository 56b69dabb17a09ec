import type { Grouping } from '../../kernels/grouping.ts';
import { sqnrOf } from '../../kernels/loops/errors.ts';
import { type Measured, measure } from '../../kernels/loops/measure.ts';
import type { Ranges } from '../../kernels/loops/ranges.ts';
import type { Detail } from '../../kernels/sketch.ts';
import type { ModelProto, TensorProto } from '../../onnx/proto.ts';
import { dimsOf, storedBytes } from '../../onnx/tensor.ts';
import { listWeights, type Weight } from '../../onnx/weights.ts';
import { Gate } from '../gate.ts';
import { overrideOf, rangesBySketch, unknownLayers } from '../layers.ts';
import type { MethodContext } from '../types.ts';

/**
 * What the lazy computations of one step share: the gate that keeps them from all being in memory, and the way from a
 * tensor to the weight that reports are about.
 */
export class Work {
  readonly gate = new Gate();
  private readonly origin = new Map<TensorProto, Weight>();
  private readonly skipped = new Set<TensorProto>();

  constructor(
    model: ModelProto,
    readonly ctx: MethodContext,
    layers: Readonly<Record<string, { skip?: boolean }>> = {},
  ) {
    const weights = listWeights(model);
    for (const weight of weights) {
      this.origin.set(weight.tensor, weight);
      if (overrideOf(weight, layers)?.skip) this.skipped.add(weight.tensor);
    }
    for (const name of unknownLayers(weights, layers)) {
      ctx.note({ step: ctx.step, key: 'unknown-layer', values: { tensor: name } });
    }
  }

  /** Says that `copy` stands for `tensor` from here on, as a transposed weight does. */
  derive(tensor: TensorProto, copy: TensorProto): void {
    const weight = this.origin.get(tensor);
    if (weight) this.origin.set(copy, weight);
    if (this.skipped.has(tensor)) this.skipped.add(copy);
  }

  /** Whether the recipe leaves this tensor alone. */
  isSkipped(tensor: TensorProto): boolean {
    return this.skipped.has(tensor);
  }

  /** What a report on a tensor measures it by: its dims, and the detail of its sketch. Nothing of what is no weight. */
  measuredAs(tensor: TensorProto): { dims: readonly number[]; detail?: Detail } | undefined {
    const weight = this.origin.get(tensor);
    if (!weight) return undefined;
    // The axis of a weight that was transposed is not the tensor's.
    const axis = weight.tensor === tensor ? weight.channelAxis : undefined;
    const { reportDetail } = this.ctx;
    return {
      dims: dimsOf(tensor),
      detail: reportDetail === 'none' ? 'finite' : reportDetail === 'bare' ? 'bare' : axis,
    };
  }

  /** The range of each group of a weight of finite numbers, where a sketch that is there already says it. */
  async rangesOf(tensor: TensorProto, grouping: Grouping): Promise<Ranges | undefined> {
    const weight = this.origin.get(tensor);
    const sketch = weight && (await this.ctx.knownSketch?.(weight));
    if (!sketch || sketch.count === 0 || sketch.nan > 0 || sketch.inf > 0) return undefined;
    // The axis of a weight that was transposed is not the tensor's.
    return grouping.granularity === 'tensor' || weight.tensor === tensor ? rangesBySketch(sketch, grouping) : undefined;
  }

  /** Measures what became of a weight, once it has been computed, and reports it. `after` has the order of `x`. */
  report(
    tensor: TensorProto,
    x: Float32Array<ArrayBuffer>,
    after: () => Float32Array<ArrayBuffer>,
    bytesAfter: number,
    encoding: string,
  ): void {
    const shape = this.ctx.reportDetail === 'none' ? undefined : this.measuredAs(tensor);
    if (shape) this.tell(tensor, measure(x, after(), shape.dims, shape.detail), bytesAfter, encoding);
  }

  /** Reports what was measured of a weight. */
  tell(tensor: TensorProto, { errors, sketch }: Measured, bytesAfter: number, encoding: string): void {
    const weight = this.origin.get(tensor);
    if (!weight || this.ctx.reportDetail === 'none') return;
    this.ctx.report({
      id: weight.id,
      step: this.ctx.step,
      bytesBefore: storedBytes(weight.tensor),
      bytesAfter,
      sqnr: sqnrOf(errors),
      zeros: sketch.zeros,
      sketch,
      encoding,
    });
  }

  note(key: string, values: Readonly<Record<string, string | number>>): void {
    this.ctx.note({ step: this.ctx.step, key, values });
  }
}
