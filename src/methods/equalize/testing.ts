import * as v from 'valibot';
import { Random } from '../../base/random.ts';
import { type AttributeValue, graph, modelProto, node, valueInfo } from '../../onnx/build.ts';
import type { Model } from '../../onnx/model.ts';
import { DataType, type NodeProto, type TensorProto } from '../../onnx/proto.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import { runningContext } from '../simplify/testing.ts';
import type { CalibrationData, StepNote } from '../types.ts';
import { equalize } from './apply.ts';
import { type EqualizeOptions, equalizeSchema } from './options.ts';

/** For tests: builds a model node by node. */
export class Net {
  readonly nodes: NodeProto[] = [];
  readonly tensors: TensorProto[] = [];
  readonly r: Random;

  constructor(seed = 1) {
    this.r = new Random(seed);
  }

  tensor(dims: readonly number[], values: ArrayLike<number>): string {
    const name = `t${this.tensors.length}`;
    this.tensors.push(makeTensor(name, DataType.FLOAT, dims, Float32Array.from(values)));
    return name;
  }

  random(dims: readonly number[], make = () => this.r.normal()): string {
    return this.tensor(dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, make));
  }

  /** A weight whose output channels differ in range by orders of magnitude. */
  uneven(dims: readonly number[]): string {
    const inner = dims.slice(1).reduce((a, b) => a * b, 1);
    const scales = Array.from({ length: dims[0] }, () => Math.exp(this.r.normal() * 2) / Math.sqrt(inner));
    return this.tensor(
      dims,
      Array.from({ length: dims[0] * inner }, (_, i) => this.r.normal() * scales[Math.floor(i / inner)]),
    );
  }

  add(op: string, inputs: readonly string[], attributes: Record<string, AttributeValue> = {}): string {
    const y = `v${this.nodes.length}`;
    this.nodes.push(node(op, inputs, [y], attributes));
    return y;
  }

  model(input: readonly (number | string)[], outputs: readonly string[], opset = 17): Model {
    const out = outputs.map((name) => valueInfo(name, DataType.FLOAT, null));
    const proto = modelProto(graph('g', this.nodes, [valueInfo('x', DataType.FLOAT, input)], out, this.tensors), opset);
    return { name: 'net.onnx', proto, bytes: 0, external: [] };
  }
}

/** For tests: batches of normal values as calibration data. */
export function normalData(dims: readonly number[], batches = 4, shift = 0): CalibrationData {
  const r = new Random(9);
  const size = dims.reduce((a, b) => a * b, 1);
  const feeds = Array.from({ length: batches }, () => ({
    x: {
      dtype: 'float32' as const,
      dims: [...dims],
      data: Float32Array.from({ length: size }, () => r.normal() + shift),
    },
  }));
  return {
    id: 'normal',
    count: batches * dims[0],
    async *batches() {
      yield* feeds;
    },
  };
}

/** For tests: `equalize` with its defaults but for some, and what it noted. */
export async function equalized(
  model: Model,
  options: Partial<EqualizeOptions> = {},
  data?: CalibrationData,
): Promise<{ model: Model; notes: StepNote[]; keys: string[] }> {
  const ctx = runningContext();
  const all = v.parse(equalizeSchema, { method: 'equalize', ...options });
  const result = await equalize(model, all, { ...ctx, ...(data && { data }) });
  return { model: result, notes: ctx.notes, keys: ctx.notes.map((n) => n.key) };
}
