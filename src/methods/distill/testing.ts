import * as v from 'valibot';
import { Random } from '../../base/random.ts';
import { graph, modelProto, node, valueInfo } from '../../onnx/build.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { DataType } from '../../onnx/proto.ts';
import { makeTensor, readFloats } from '../../onnx/tensor.ts';
import { modelBytes } from '../../onnx/write.ts';
import { openSession } from '../../runtime/session.ts';
import { testContext } from '../testing.ts';
import type { CalibrationData, Checkpoints, CurvePoint, Inputs, LabelledSamples, MethodContext } from '../types.ts';
import { type DistillOptions, distillSchema } from './options.ts';

/** For tests: options as a recipe gives them. */
export const options = (o: object = {}): DistillOptions => v.parse(distillSchema, { method: 'distill', ...o });

/** For tests: x [n, 6] → relu → y [n, 3], with weights of a seed. */
export function toy(seed = 1, { hidden = 24, softmax = false } = {}): Model {
  const r = new Random(seed);
  const normal = (n: number, s: number) => Float32Array.from({ length: n }, () => s * r.normal());
  const nodes = [
    node('Gemm', ['x', 'w1', 'b1'], ['h'], {}, { name: 'first' }),
    node('Relu', ['h'], ['a']),
    node('Gemm', ['a', 'w2', 'b2'], [softmax ? 'z' : 'y'], {}, { name: 'second' }),
    ...(softmax ? [node('Softmax', ['z'], ['y'], { axis: 1 })] : []),
  ];
  const tensors = [
    makeTensor('w1', DataType.FLOAT, [6, hidden], normal(6 * hidden, 0.8)),
    makeTensor('b1', DataType.FLOAT, [hidden], normal(hidden, 0.3)),
    makeTensor('w2', DataType.FLOAT, [hidden, 3], normal(3 * hidden, 0.8)),
    makeTensor('b2', DataType.FLOAT, [3], normal(3, 0.3)),
  ];
  const g = graph(
    'toy',
    nodes,
    [valueInfo('x', DataType.FLOAT, ['n', 6])],
    [valueInfo('y', DataType.FLOAT, ['n', 3])],
    tensors,
  );
  return { name: 'toy.onnx', proto: modelProto(g, 17), bytes: 0, external: [] };
}

export type Labelling = Pick<LabelledSamples, 'labels' | 'targets'>;

/** For tests: `count` normal samples of the dims given. */
export function randomData(
  count: number,
  dims: readonly number[] = [6],
  seed = 5,
  more: Labelling = {},
  input = 'x',
): CalibrationData {
  const r = new Random(seed);
  const size = dims.reduce((a, b) => a * b, 1);
  const all = Float32Array.from({ length: count * size }, () => r.normal());
  return arrayData(all, count, dims, more, input);
}

/** For tests: samples in memory. */
export function arrayData(
  all: Float32Array,
  count: number,
  dims: readonly number[],
  more: Labelling = {},
  input = 'x',
): CalibrationData {
  const size = all.length / count;
  const read = async (indices: ArrayLike<number>): Promise<Inputs> => {
    const data = new Float32Array(size * indices.length);
    for (let i = 0; i < indices.length; i++)
      data.set(all.subarray(indices[i] * size, (indices[i] + 1) * size), i * size);
    return { [input]: { dtype: 'float32', dims: [indices.length, ...dims], data } };
  };
  return {
    id: 'test',
    count,
    samples: { batch: null, ...more, read },
    async *batches() {
      for (let i = 0; i < count; i++) yield await read([i]);
    },
  };
}

/** For tests: checkpoints in memory. */
export function memoryCheckpoints(): Checkpoints & { kept: Map<string, Uint8Array<ArrayBuffer>>; puts: number } {
  const kept = new Map<string, Uint8Array<ArrayBuffer>>();
  return {
    ...{ kept, puts: 0 },
    get: async (key) => kept.get(key)?.slice(),
    async put(key, bytes) {
      this.puts++;
      kept.set(key, bytes.slice());
    },
    async remove(key) {
      kept.delete(key);
    },
  };
}

/** For tests: a context in which models run, curves and notes kept. */
export function learningContext(original: Model, data: CalibrationData | undefined, more: Partial<MethodContext> = {}) {
  const points: CurvePoint[] = [];
  return {
    ...testContext(),
    ...{ original, points },
    ...(data && { data }),
    openSession: (async (m, o) => openSession(await modelBytes(m), o)) as MethodContext['openSession'],
    curve: (p: CurvePoint) => points.push(p),
    ...more,
  };
}

/** For tests: a model's first output for some inputs. */
export async function answers(model: Model, inputs: Inputs): Promise<Float32Array> {
  const session = await openSession(await modelBytes(model));
  const out = await session.run(inputs);
  await session.release();
  return out[mainGraph(model).output[0].name].data as Float32Array;
}

/** For tests: every initializer's floats by name. */
export async function floats(model: Model): Promise<Record<string, Float32Array>> {
  const out: Record<string, Float32Array> = {};
  for (const t of mainGraph(model).initializer) if (t.dataType === DataType.FLOAT) out[t.name] = await readFloats(t);
  return out;
}

export function argmaxes(y: Float32Array, classes: number): number[] {
  return Array.from({ length: y.length / classes }, (_, i) => {
    const row = Array.from(y.subarray(i * classes, (i + 1) * classes));
    return row.indexOf(Math.max(...row));
  });
}

/** For tests: share of equal elements. */
export const agreement = (a: readonly number[], b: readonly number[]) =>
  a.filter((x, i) => x === b[i]).length / a.length;
