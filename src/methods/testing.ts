import { PareError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import { loopKernels } from '../kernels/loops/kernels.ts';
import { sketchOf } from '../kernels/sketch.ts';
import { graph, modelProto, node, valueInfo } from '../onnx/build.ts';
import { halvesToFloats } from '../onnx/float.ts';
import { summarize } from '../onnx/info.ts';
import { type Model, opsetOf } from '../onnx/model.ts';
import { DataType, type NodeProto, type TensorProto } from '../onnx/proto.ts';
import { dimsOf, readFloats } from '../onnx/tensor.ts';
import { isCompressible, listWeights, type Weight } from '../onnx/weights.ts';
import { modelBytes } from '../onnx/write.ts';
import { factsOf, isEligible } from './layers.ts';
import type { LayerPlan, MethodContext, StepNote, TensorReport } from './types.ts';

/** For tests: what a pipeline gives a method, with all it reports kept. */
export function testContext(): MethodContext & { reports: Map<string, TensorReport>; notes: StepNote[] } {
  const reports = new Map<string, TensorReport>();
  const notes: StepNote[] = [];
  return {
    ...{ seed: 0, step: 0, reports, notes },
    original: { name: 'test.onnx', proto: modelProto(graph('g', [], [], [], []), 17), bytes: 0, external: [] },
    sketch,
    kernels: loopKernels,
    openSession: () => Promise.reject(new PareError('internal', 'not asked for')),
    report: (r) => reports.set(r.id, r),
    note: (n) => notes.push(n),
  };
}

async function sketch(weight: Weight) {
  return sketchOf(await readFloats(weight.tensor), dimsOf(weight.tensor), weight.channelAxis);
}

/** For tests: the plans of an untouched model. */
export async function plansOf(model: Model): Promise<LayerPlan[]> {
  const plans: LayerPlan[] = [];
  for (const weight of listWeights(model.proto)) {
    const bare = factsOf(weight, opsetOf(model));
    const facts = isEligible(bare) ? { ...bare, sketch: await sketch(weight) } : bare;
    plans.push({ facts, bytes: facts.bytes, encoding: facts.dtype });
  }
  return plans;
}

/** For tests: a model of nodes and initializers that outputs its compressible weights as they come out of any nodes before them. */
export function modelOf(
  nodes: NodeProto[],
  initializers: TensorProto[],
  { opset = 17, inputs = {} }: { opset?: number; inputs?: Record<string, readonly number[]> } = {},
): Model {
  const feeds = Object.entries(inputs).map(([name, dims]) => valueInfo(name, DataType.FLOAT, dims));
  const proto = modelProto(graph('g', nodes, feeds, [], initializers), opset);
  if (opset >= 25) proto.irVersion = 13n;
  for (const w of listWeights(proto)) {
    if (!isCompressible(w) || w.name !== w.id) continue;
    proto.graph!.node.push(node('Identity', [w.name], [`out ${w.name}`]));
    proto.graph!.output.push(valueInfo(`out ${w.name}`, w.tensor.dataType ?? DataType.FLOAT, null));
  }
  return { name: 'test.onnx', proto, bytes: 0, external: [] };
}

/** For tests: the weights of such a model as onnxruntime computes them, all inputs being zero. */
export async function computedWeights(model: Model): Promise<Record<string, Float32Array<ArrayBuffer>>> {
  const ort = await import('onnxruntime-node');
  const session = await ort.InferenceSession.create(await modelBytes(model), { logSeverityLevel: 3 });
  const feeds: Record<string, InstanceType<typeof ort.Tensor>> = {};
  for (const input of summarize(model).inputs) {
    const dims = input.dims!.map(Number);
    feeds[input.name] = new ort.Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);
  }
  const names = session.outputNames.filter((n) => n.startsWith('out '));
  const out: Record<string, Float32Array<ArrayBuffer>> = {};
  for (const [name, { data }] of Object.entries(await session.run(feeds, names))) {
    out[name.slice(4)] = data instanceof Uint16Array ? halvesToFloats(data) : Float32Array.from(data as Float32Array);
  }
  await session.release();
  return out;
}

export type Shape = 'normal' | 'laplace' | 'uniform' | 'bimodal' | 'sparse' | 'constant' | 'shifted';

/** For tests: random weights of many kinds. */
export function randomWeights(shape: Shape, n: number, seed: number): Float32Array<ArrayBuffer> {
  const r = new Random(seed);
  const draw = {
    normal: () => r.normal() * 0.05,
    laplace: () => (r.next() < 0.5 ? -1 : 1) * -Math.log(1 - r.next()) * 0.03,
    uniform: () => r.next() * 0.2 - 0.1,
    bimodal: () => (r.next() < 0.5 ? -1 : 1) * 0.1 + r.normal() * 0.01,
    sparse: () => (r.next() < 0.8 ? 0 : r.normal() * 0.05),
    constant: () => 0.37,
    shifted: () => r.normal() * 0.05 + 0.1,
  }[shape];
  return Float32Array.from({ length: n }, draw);
}
