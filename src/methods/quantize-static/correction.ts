import { checkCancelled } from '../../base/progress.ts';
import { Names } from '../../encodings/names.ts';
import { attrInt } from '../../onnx/attributes.ts';
import { type AttributeValue, node as makeNode, valueInfo } from '../../onnx/build.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { importDomain } from '../../onnx/opset/raise.ts';
import { computedPayload } from '../../onnx/payload.ts';
import { copyWith, DataType, type NodeProto, type TensorProto, type ValueInfoProto } from '../../onnx/proto.ts';
import { dimsOf, makeTensor, readFloats } from '../../onnx/tensor.ts';
import { QUANT } from '../ort/arithmetic.ts';
import { MICROSOFT } from '../ort/graphs.ts';
import { dequantizeValues, quantizeValues, rawQuantized } from '../ort/quantize.ts';
import type { CalibrationData, MethodContext } from '../types.ts';
import { type InitializerParameters, initializerParameters, specOf } from './initializers.ts';
import type { Scope } from './scope.ts';

/** A layer whose bias can take up the shift. */
interface Layer {
  readonly node: NodeProto;
  readonly weight: TensorProto;
  readonly parameters: InitializerParameters;
  readonly channels: number;
  /** Output of the probe: mean difference by channel. */
  readonly shift: string;
}

/**
 * Takes off what quantizing adds to the mean of each layer's output: every Conv and Gemm is run twice side by side on the same
 * float input, once as it is and once with its quantized input and weight, and the mean difference by output channel goes into
 * the bias. Nagel et al. 2019, "Data-free quantization", §4.2, with the data that is there.
 * @returns the float model with other biases
 */
export async function correctBiases(
  model: Model,
  scope: Scope,
  data: CalibrationData,
  ctx: MethodContext,
): Promise<Model> {
  const graph = mainGraph(model);
  const names = new Names(model.proto);
  const layers: Layer[] = [];
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const put = (t: TensorProto) => {
    initializers.push(t);
    return t.name;
  };
  for (const node of scope.wiring.list()) {
    if (!(node.opType === 'Conv' || node.opType === 'Gemm') || !scope.shouldQuantize(node)) continue;
    const [x, w, b] = node.input;
    const weight = scope.wiring.initializer(w);
    const bias = b ? scope.wiring.initializer(b) : undefined;
    const input = scope.parameters.get(x)?.original;
    if (!weight || weight.dataType !== DataType.FLOAT || !input) continue;
    // A bias of two layers cannot take up the shifts of both.
    if (b && (bias?.dims.length !== 1 || scope.wiring.readerCount(b) > 1)) continue;
    if (node.opType === 'Gemm' && !b) continue;
    const axis = node.opType === 'Gemm' && !attrInt(node, 'transB', 0) ? 1 : 0;
    const own = scope.options.tensorQuantOverrides[w] ?? [];
    const perChannel = scope.options.perChannel && own.length === 0;
    const spec = specOf(own, true, perChannel ? axis : undefined, scope.options);
    const parameters = await initializerParameters(weight, spec, own, scope.options.minimumRealRange, scope.work);
    const named = (suffix: string) => names.fresh(`${node.output[0]}_${suffix}`);
    const pair = [
      put(makeTensor(named('scale'), DataType.FLOAT, [], Float32Array.of(input.scale))),
      put(
        makeTensor(
          named('zero'),
          QUANT[input.type].dataType,
          [],
          rawQuantized(Int32Array.of(input.zeroPoint), input.type),
        ),
      ),
    ];
    const rounded = put(
      makeTensor(
        named('weight'),
        DataType.FLOAT,
        dimsOf(weight),
        computedPayload(4 * dimsOf(weight).reduce((a, c) => a * c, 1), () => roundedWeight(weight, parameters)),
      ),
    );
    const [q, dq, y, difference, shift] = ['q', 'dq', 'rounded', 'difference', 'shift'].map(named);
    const twin = copyWith(node, { name: '', input: [dq, rounded, ...node.input.slice(2)], output: [y] });
    const rank = weight.dims.length;
    const axes = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== 1);
    const attributes: Record<string, AttributeValue> = { keepdims: 0 };
    const inputs = [difference];
    if (scope.opset >= 18) {
      inputs.push(put(makeTensor(named('axes'), DataType.INT64, [axes.length], BigInt64Array.from(axes, BigInt))));
    } else attributes.axes = axes;
    nodes.push(
      makeNode('QuantizeLinear', [x, ...pair], [q], {}, { domain: MICROSOFT }),
      makeNode('DequantizeLinear', [q, ...pair], [dq], {}, { domain: MICROSOFT }),
      twin,
      makeNode('Sub', [y, node.output[0]], [difference]),
      makeNode('ReduceMean', inputs, [shift], attributes),
    );
    layers.push({ node, weight, parameters, channels: dimsOf(weight)[axis], shift });
  }
  if (layers.length === 0) return model;
  const output: ValueInfoProto[] = layers.map((l) => valueInfo(l.shift, DataType.FLOAT, [l.channels]));
  const probe = importDomain(
    {
      ...model,
      proto: copyWith(model.proto, {
        graph: copyWith(graph, {
          node: [...graph.node, ...nodes],
          initializer: [...graph.initializer, ...initializers],
          output,
        }),
      }),
    },
    MICROSOFT,
    1,
  );
  const shifts = await meanShifts(probe, layers, data, ctx);
  return withBiases(model, layers, shifts, names);
}

async function roundedWeight(weight: TensorProto, p: InitializerParameters): Promise<Uint8Array<ArrayBuffer>> {
  const { scale, zeroPoint, grouping, type } = p;
  const q = quantizeValues(await readFloats(weight), grouping, type, scale, zeroPoint);
  return new Uint8Array(dequantizeValues({ q, scale, zeroPoint }, grouping).buffer);
}

async function meanShifts(
  probe: Model,
  layers: readonly Layer[],
  data: CalibrationData,
  ctx: MethodContext,
): Promise<Float64Array[]> {
  const sums = layers.map((l) => new Float64Array(l.channels));
  let samples = 0;
  const session = await ctx.openSession(probe, { optimize: 'off' });
  try {
    for await (const feeds of data.batches()) {
      checkCancelled(ctx.signal);
      const out = await session.run(feeds);
      const n = Object.values(feeds)[0]?.dims[0] ?? 1;
      samples += n;
      layers.forEach((l, k) => {
        const shift = out[l.shift].data as Float32Array;
        for (let c = 0; c < l.channels; c++) sums[k][c] += n * shift[c];
      });
      ctx.onProgress?.({ phase: 'correct', done: samples, total: data.count });
    }
  } finally {
    await session.release();
  }
  for (const s of sums) for (let c = 0; c < s.length; c++) s[c] /= samples;
  return sums;
}

async function withBiases(
  model: Model,
  layers: readonly Layer[],
  shifts: readonly Float64Array[],
  names: Names,
): Promise<Model> {
  const graph = mainGraph(model);
  const known = new Map(graph.initializer.map((t) => [t.name, t]));
  const added: TensorProto[] = [];
  const rewired = new Map<string, string>();
  for (const [k, { node, channels }] of layers.entries()) {
    const old = node.input[2] ? known.get(node.input[2])! : undefined;
    const values = old ? (await readFloats(old)).slice() : new Float32Array(channels);
    if (old && values.length !== channels) continue;
    for (let c = 0; c < channels; c++) values[c] -= shifts[k][c];
    const name = old?.name ?? names.fresh(`${node.output[0]}_bias`);
    const tensor = makeTensor(name, DataType.FLOAT, [channels], values);
    if (old) known.set(name, tensor);
    else {
      added.push(tensor);
      rewired.set(node.output[0], name);
    }
  }
  const node = graph.node.map((n) => {
    const bias = rewired.get(n.output[0]);
    return bias ? copyWith(n, { input: [n.input[0], n.input[1], bias] }) : n;
  });
  const initializer = [...graph.initializer.map((t) => known.get(t.name)!), ...added];
  return { ...model, proto: copyWith(model.proto, { graph: copyWith(graph, { node, initializer }) }) };
}
