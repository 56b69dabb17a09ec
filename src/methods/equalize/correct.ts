import { type Model, mainGraph, opsetOf } from '../../onnx/model.ts';
import { dimsOf, readFloats } from '../../onnx/tensor.ts';
import { storeModel } from '../simplify/store.ts';
import { floatTensor } from '../simplify/tensors.ts';
import { Work } from '../simplify/work.ts';
import type { MethodContext } from '../types.ts';
import { type Layer, layerOf, sumOver } from './layers.ts';
import type { EqualizeOptions } from './options.ts';
import { Probe } from './probe.ts';
import { rounded } from './rounding.ts';
import { writeBias } from './write.ts';

type Rounding = Pick<EqualizeOptions, 'weightBits' | 'granularity'>;

/**
 * Takes E[ε·x], what rounding the weights adds to the mean of each layer's output, off its bias (Nagel et al. 2019, arXiv
 * 1906.04721, §4.2).
 * @param inputMeans E[x] of the layers' input channels by the names of their outputs; absent to measure the shift on the data
 */
export async function correctBiases(
  model: Model,
  inputMeans: ReadonlyMap<string, Float64Array> | undefined,
  options: Rounding,
  ctx: MethodContext,
): Promise<Model> {
  const work = new Work(model.proto, opsetOf(model));
  const layers: Layer[] = [];
  for (const op of work.scopes[0].ops) {
    const layer = layerOf(op, work);
    if (typeof layer !== 'object') continue;
    if (inputMeans && inputMeans.get(op.outputs[0])?.length !== layer.inputs) continue;
    if ((await readFloats(layer.weight)).every(Number.isFinite)) layers.push(layer);
  }
  const shifts = inputMeans
    ? await analyticShifts(layers, inputMeans, options)
    : await measuredShifts(model, layers, options, ctx);
  let count = 0;
  for (const [k, layer] of layers.entries()) {
    const shift = shifts[k];
    if (shift?.length !== layer.outputs || !shift.every(Number.isFinite)) continue;
    const bias = layer.bias ? Float64Array.from(await readFloats(layer.bias)) : new Float64Array(layer.outputs);
    writeBias(
      layer,
      bias.map((b, c) => b - shift[c]),
      work,
    );
    count++;
  }
  if (count) ctx.note({ step: ctx.step, key: 'biases-corrected', values: { count } });
  return storeModel(model, work);
}

async function analyticShifts(
  layers: readonly Layer[],
  inputMeans: ReadonlyMap<string, Float64Array>,
  { weightBits, granularity }: Rounding,
): Promise<Float64Array[]> {
  const shifts: Float64Array[] = [];
  for (const layer of layers) {
    const weight = await readFloats(layer.weight);
    const error = rounded(layer, weight, weightBits, granularity).map((x, i) => x - weight[i]);
    shifts.push(sumOver(layer, error, inputMeans.get(layer.op.outputs[0])!));
  }
  return shifts;
}

/**
 * The model and its twin with rounded weights run side by side on the same data. In the twin the difference of each layer's means
 * is taken off at once, so that every layer is measured behind layers that are corrected already; one run does for all.
 */
async function measuredShifts(
  model: Model,
  layers: readonly Layer[],
  { weightBits, granularity }: Rounding,
  ctx: MethodContext,
): Promise<Float64Array[]> {
  const probe = new Probe(model);
  const byOutput = new Map(layers.map((layer) => [layer.op.outputs[0], layer]));
  const twins = new Map<string, string>();
  const shifts = new Map<Layer, string>();
  for (const node of mainGraph(model).node) {
    // What has graphs inside gives its twin's successors the values of the original.
    if (node.attribute.some((a) => a.g || a.graphs.length)) continue;
    const layer = byOutput.get(node.output[0]);
    if (!layer && !node.input.some((name) => twins.has(name))) continue;
    const input = node.input.map((name) => twins.get(name) ?? name);
    if (!layer) {
      probe.copy(node, input).forEach((name, i) => {
        if (name) twins.set(node.output[i], name);
      });
      continue;
    }
    const { weight } = layer;
    input[1] = probe.constant((name) =>
      floatTensor(name, dimsOf(weight), [weight], (w) => rounded(layer, w, weightBits, granularity)),
    );
    const [y] = probe.copy(node, input);
    const shift = probe.mean(probe.add('Sub', [y, node.output[0]]), weight.dims.length);
    twins.set(node.output[0], probe.add('Sub', [y, shift]));
    shifts.set(layer, shift);
  }
  return probe.run(
    layers.map((layer) => shifts.get(layer)!),
    'correct',
    ctx,
  );
}
