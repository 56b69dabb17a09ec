import { checkCancelled } from '../../base/progress.ts';
import { Names } from '../../encodings/names.ts';
import { type AttributeValue, node as makeNode, valueInfo } from '../../onnx/build.ts';
import { type Model, mainGraph, opsetOf } from '../../onnx/model.ts';
import { copyWith, DataType, type NodeProto, type TensorProto } from '../../onnx/proto.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import type { MethodContext } from '../types.ts';

/** A model with nodes beside its own, whose results are fetched instead of its outputs. */
export class Probe {
  private readonly names: Names;
  private readonly nodes: NodeProto[] = [];
  private readonly tensors: TensorProto[] = [];

  constructor(private readonly model: Model) {
    this.names = new Names(model.proto);
  }

  /** A node of the probe's own; gives its output. */
  add(op: string, inputs: readonly string[], attributes: Record<string, AttributeValue> = {}): string {
    const output = this.names.fresh(`${inputs[0]}_${op}`);
    this.nodes.push(makeNode(op, inputs, [output], attributes));
    return output;
  }

  /** Another node, whose outputs get names of their own. */
  copy(node: NodeProto, input: string[]): string[] {
    const output = node.output.map((name) => (name ? this.names.fresh(`${name}_twin`) : ''));
    this.nodes.push(copyWith(node, { name: '', input, output }));
    return output;
  }

  constant(make: (name: string) => TensorProto): string {
    const tensor = make(this.names.fresh('probe'));
    this.tensors.push(tensor);
    return tensor.name;
  }

  /** The mean of each channel (axis 1) of a value of this rank, as [1, C, 1, …]. */
  mean(name: string, rank: number): string {
    const axes = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== 1);
    if (opsetOf(this.model) < 18) return this.add('ReduceMean', [name], { axes, keepdims: 1 });
    const input = this.constant((at) =>
      makeTensor(at, DataType.INT64, [axes.length], BigInt64Array.from(axes, BigInt)),
    );
    return this.add('ReduceMean', [name, input], { keepdims: 1 });
  }

  /** Runs the data through, and gives the mean over all samples of each fetched vector. */
  async run(fetched: readonly string[], phase: string, ctx: MethodContext): Promise<Float64Array[]> {
    const graph = mainGraph(this.model);
    const session = await ctx.openSession(
      {
        ...this.model,
        proto: copyWith(this.model.proto, {
          graph: copyWith(graph, {
            node: [...graph.node, ...this.nodes],
            initializer: [...graph.initializer, ...this.tensors],
            output: fetched.map((name) => valueInfo(name, DataType.FLOAT, null)),
          }),
        }),
      },
      { optimize: 'off' },
    );
    const sums: Float64Array[] = [];
    let samples = 0;
    try {
      for await (const feeds of ctx.data!.batches()) {
        checkCancelled(ctx.signal);
        const out = await session.run(feeds);
        const n = Object.values(feeds)[0]?.dims[0] ?? 1;
        samples += n;
        fetched.forEach((name, k) => {
          const x = out[name].data as Float32Array;
          sums[k] ??= new Float64Array(x.length);
          const sum = sums[k];
          for (let c = 0; c < x.length; c++) sum[c] += n * x[c];
        });
        ctx.onProgress?.({ phase, done: samples, total: ctx.data!.count });
      }
    } finally {
      await session.release();
    }
    return sums.map((sum) => sum.map((x) => x / samples));
  }
}
