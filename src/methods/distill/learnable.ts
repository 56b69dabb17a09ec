import { type Model, mainGraph } from '../../onnx/model.ts';
import { DataType, type NodeProto, type TensorProto } from '../../onnx/proto.ts';
import { identified } from '../../onnx/scopes.ts';
import { readFloats } from '../../onnx/tensor.ts';
import { isCompressible, listWeights, type Weight } from '../../onnx/weights.ts';
import type { DistillOptions } from './options.ts';

/** The tensors of a model that learn, and how. */
export interface Learnable {
  readonly train: string[];
  readonly noDecay: Set<string>;
  readonly rates: Map<string, number>;
  readonly masks: Map<string, Uint8Array>;
  /** Weights that stay as they are though nothing said so: not float32, of a recurrent layer, or inside a subgraph. */
  readonly left: Weight[];
}

const ROLES: ReadonlySet<string> = new Set(['weight', 'embedding', 'bias', 'norm']);

/** BatchNormalization's statistics are measured, not learned. */
const isStatistic = (w: Weight) => w.uses.some((u) => u.op === 'BatchNormalization' && u.input >= 3);

/**
 * What of a model learns: float32 weights, biases and norms of the main graph, and the scales and levels that decode integer weights.
 * @param masked tensors whose zeros are the work of pruning; all float weights where it is left out
 */
export async function learnableOf(
  model: Model,
  { layers, keepZeros }: Pick<DistillOptions, 'layers' | 'keepZeros'>,
  isMasked: (id: string, zeros: number, count: number) => boolean = () => true,
): Promise<Learnable> {
  const found: Learnable = { train: [], noDecay: new Set(), rates: new Map(), masks: new Map(), left: [] };
  const frozen = (name: string) => Object.hasOwn(layers, name) && layers[name].skip === true;
  const [main] = identified(model.proto);
  const own = new Set(main.consts.map((c) => c.id));
  const decoders = decodersOf(model);
  const decoded = new Set(decoders.flatMap((d) => [...d.integers]));
  for (const { value, floats } of decoders) {
    for (const { id, tensor } of floats) {
      decoded.add(id);
      if (found.rates.has(id) || frozen(id) || frozen(value)) continue;
      found.train.push(id);
      found.noDecay.add(id);
      // A step is to be a share of what it changes: scales are far smaller than weights.
      const values = await readFloats(tensor);
      found.rates.set(id, Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / Math.max(1, values.length)) || 1);
    }
  }
  for (const weight of listWeights(model.proto)) {
    const { id, name, tensor, role } = weight;
    if (role === 'recurrent' && !frozen(id)) found.left.push(weight);
    if (!ROLES.has(role) || decoded.has(id) || isStatistic(weight) || frozen(id) || frozen(name)) continue;
    if (!own.has(id) || tensor.dataType !== DataType.FLOAT || weight.place === 'sparse-initializer') {
      if (isCompressible(weight)) found.left.push(weight);
      continue;
    }
    found.train.push(id);
    if (!isCompressible(weight)) found.noDecay.add(id);
    else if (keepZeros) {
      const values = await readFloats(tensor);
      const mask = Uint8Array.from(values, (v) => (v === 0 ? 0 : 1));
      const zeros = mask.reduce((n, m) => n - m, mask.length);
      if (zeros && isMasked(id, zeros, mask.length)) found.masks.set(id, mask);
    }
  }
  return found;
}

/** Values of the main graph that are constants or computed of constants alone. */
export function fixedValues(model: Model): ReadonlySet<string> {
  const [main] = identified(model.proto);
  const fixed = new Set(main.consts.map((c) => c.name));
  for (const n of mainGraph(model).node) {
    if (n.opType === 'Constant' || (n.input.some((i) => i) && n.input.every((i) => !i || fixed.has(i)))) {
      for (const o of n.output) fixed.add(o);
    }
  }
  return fixed;
}

/** Inputs of layers that take a weight. */
const SLOTS: Readonly<Record<string, readonly number[]>> = {
  Conv: [1],
  ConvTranspose: [1],
  Gemm: [0, 1],
  MatMul: [0, 1],
  Gather: [0],
};

const FLOWS: ReadonlySet<string> = new Set([
  'Mul',
  'Add',
  'Sub',
  'Reshape',
  'Expand',
  'Slice',
  'Transpose',
  'Identity',
]);

/** Whether a decoded weight moves with an input of a node on its way. */
function flowsThrough({ opType }: NodeProto, input: number): boolean {
  if (opType === 'Gather') return input === 0;
  return opType === 'DequantizeLinear' ? input === 1 : FLOWS.has(opType);
}

interface Decoder {
  /** The weight that the layer takes. */
  readonly value: string;
  /** Tensors that it is computed of. */
  readonly floats: { readonly id: string; readonly tensor: TensorProto }[];
  readonly integers: Set<string>;
}

/**
 * Weights that nodes make of integers stored, as `quantize-weights` writes them: what scales, shifts and tables of levels
 * they are made with. The integers stay; the rest can learn (Han et al. 2016, "Deep Compression", §3.3, of the levels).
 */
function decodersOf(model: Model): Decoder[] {
  const graph = mainGraph(model);
  const [main] = identified(model.proto);
  const consts = new Map(main.consts.map((c) => [c.name, c]));
  const makers = new Map<string, NodeProto>();
  const fixed = fixedValues(model);
  for (const n of graph.node) for (const o of n.output) makers.set(o, n);
  const found = new Map<string, Decoder>();
  for (const n of graph.node) {
    for (const slot of SLOTS[n.opType] ?? []) {
      const value = n.input[slot];
      if (!value || consts.has(value) || !fixed.has(value) || found.has(value)) continue;
      const decoder: Decoder = { value, floats: [], integers: new Set() };
      const seen = new Set<string>();
      const visit = (name: string, flows: boolean) => {
        const key = `${flows} ${name}`;
        if (!name || seen.has(key)) return;
        seen.add(key);
        const c = consts.get(name);
        const maker = makers.get(name);
        if (!c) for (const [i, input] of maker?.input.entries() ?? []) visit(input, flows && flowsThrough(maker!, i));
        else if (c.tensor.dataType !== DataType.FLOAT) decoder.integers.add(c.id);
        else if (flows) decoder.floats.push(c);
      };
      visit(value, true);
      if (decoder.integers.size && decoder.floats.length) found.set(value, decoder);
    }
  }
  return [...found.values()];
}
