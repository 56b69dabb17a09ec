import { Random } from '../../../base/random.ts';
import { type AttributeValue, graph, modelProto, node, valueInfo } from '../../../onnx/build.ts';
import type { Model } from '../../../onnx/model.ts';
import { DataType, type NodeProto, type TensorProto } from '../../../onnx/proto.ts';
import { makeTensor } from '../../../onnx/tensor.ts';

/** For tests: a value of a network under construction, and its dims. */
export interface Built {
  name: string;
  dims: number[];
}

const product = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

/** For tests: builds random networks, a layer at a time. The batch is free and 2 when run. */
export class Net {
  readonly nodes: NodeProto[] = [];
  readonly tensors: TensorProto[] = [];
  readonly r: Random;

  constructor(seed: number) {
    this.r = new Random(seed);
  }

  floats(dims: number[], make = () => this.r.normal() / Math.sqrt(product(dims.slice(1)) || 1)): string {
    const name = `t${this.tensors.length}`;
    this.tensors.push(makeTensor(name, DataType.FLOAT, dims, Float32Array.from({ length: product(dims) }, make)));
    return name;
  }

  ints(values: number[], dims = [values.length]): string {
    const name = `t${this.tensors.length}`;
    this.tensors.push(makeTensor(name, DataType.INT64, dims, BigInt64Array.from(values, BigInt)));
    return name;
  }

  add(op: string, inputs: string[], dims: number[], attributes: Record<string, AttributeValue> = {}): Built {
    const name = `v${this.nodes.length}`;
    this.nodes.push(node(op, inputs, [name], attributes));
    return { name, dims };
  }

  split(x: Built, axis: number, sizes: number[]): Built[] {
    const names = sizes.map((_, i) => `v${this.nodes.length}_${i}`);
    this.nodes.push(node('Split', [x.name, this.ints(sizes)], names, { axis }));
    return sizes.map((n, i) => ({ name: names[i], dims: x.dims.map((d, k) => (k === axis ? n : d)) }));
  }

  /** A target of a Reshape whose batch is read from a tensor when the model runs. */
  dynamicShape(x: Built, rest: number[]): string {
    const shape = this.add('Shape', [x.name], [x.dims.length]);
    const batch = this.add('Gather', [shape.name, this.ints([0])], [1]);
    return this.add('Concat', [batch.name, this.ints(rest)], [rest.length + 1], { axis: 0 }).name;
  }

  reshape(x: Built, dims: number[]): Built {
    const [, ...rest] = dims;
    const target = this.r.int(2) ? this.ints([0, ...rest]) : this.dynamicShape(x, rest);
    return this.add('Reshape', [x.name, target], dims);
  }

  model(x: Built, outputs: readonly Built[], opset = 17): Model {
    const shape = (v: Built) => valueInfo(v.name, DataType.FLOAT, ['batch', ...v.dims.slice(1)]);
    const g = graph('net', this.nodes, [shape(x)], outputs.map(shape), this.tensors);
    return { name: 'net.onnx', proto: modelProto(g, opset), bytes: 0, external: [] };
  }
}

/** Activations that keep 0 as it is. */
const ACTIVATIONS = ['Relu', 'Tanh', 'LeakyRelu', 'HardSwish', 'PRelu', 'Identity'] as const;

function activation(net: Net, x: Built): Built {
  const op = ACTIVATIONS[net.r.int(ACTIVATIONS.length)];
  const slope = op === 'PRelu' ? [net.floats([x.dims[1], ...x.dims.slice(2).map(() => 1)])] : [];
  return net.add(op, [x.name, ...slope], x.dims);
}

/** A convolution with or without a bias, that keeps height and width. */
export function conv(net: Net, x: Built, out: number, { k = 3, group = 1 } = {}): Built {
  const bias = net.r.int(2) ? [net.floats([out])] : [];
  const w = net.floats([out, x.dims[1] / group, k, k]);
  const pads = Array<number>(4).fill((k - 1) / 2);
  return net.add('Conv', [x.name, w, ...bias], [x.dims[0], out, ...x.dims.slice(2)], { pads, group });
}

function batchNorm(net: Net, x: Built): Built {
  const c = [x.dims[1]];
  const inputs = [net.floats(c), net.floats(c), net.floats(c), net.floats(c, () => 0.5 + net.r.next())];
  return net.add('BatchNormalization', [x.name, ...inputs], x.dims);
}

/** One more layer or two on images: 4-D in, 4-D out. `pool` are values that it may join with. */
export function imageStep(net: Net, x: Built, pool: readonly Built[]): Built {
  const [n, c, h, w] = x.dims;
  const { r } = net;
  const width = 2 * (2 + r.int(4));
  switch (r.int(24)) {
    case 0:
    case 1:
      return activation(net, batchNorm(net, conv(net, x, width)));
    case 2:
      return conv(net, x, c * (1 + r.int(2)), { group: c });
    case 3: {
      // Four channels in each of two groups, or two in each of four.
      const wide = conv(net, x, 8, { k: 1 });
      return conv(net, wide, 8, { group: r.int(2) ? 2 : 4 });
    }
    case 4: {
      const group = r.int(2) && c % 2 === 0 ? 2 : 1;
      const bias = r.int(2) ? [net.floats([width])] : [];
      const weight = net.floats([c, width / group, 1, 1]);
      return net.add('ConvTranspose', [x.name, weight, ...bias], [n, width, h, w], { group });
    }
    case 5:
    case 6: {
      const same = pool.filter((v) => v.dims.join() === x.dims.join());
      return net.add(r.int(3) ? 'Add' : 'Mul', [x.name, same[r.int(same.length)].name], x.dims);
    }
    case 7:
    case 8: {
      const others = pool.filter((v) => v.dims.slice(2).join() === x.dims.slice(2).join());
      const other = others[r.int(others.length)];
      return net.add('Concat', [x.name, other.name], [n, c + other.dims[1], h, w], { axis: 1 });
    }
    case 9: {
      const first = 1 + r.int(c - 1);
      const [a, b] = net.split(x, 1, [first, c - first]);
      const left = activation(net, conv(net, a, width));
      return net.add('Add', [left.name, conv(net, b, width, { k: 1 }).name], left.dims);
    }
    case 10: {
      // A gated unit: one half of the channels opens the other.
      const [a, b] = net.split(conv(net, x, 2 * width, { k: 1 }), 1, [width, width]);
      return net.add('Mul', [a.name, net.add('Sigmoid', [b.name], b.dims).name], a.dims);
    }
    case 11: {
      const from = r.int(c - 1);
      const to = from + 1 + r.int(c - from);
      const lists = [net.ints([from]), net.ints([to]), net.ints([1])];
      return net.add('Slice', [x.name, ...lists], [n, Math.min(c, to) - from, h, w]);
    }
    case 12: {
      // Squeeze and excite.
      const mean = r.int(2)
        ? net.add('GlobalAveragePool', [x.name], [n, c, 1, 1])
        : net.add('ReduceMean', [x.name], [n, c, 1, 1], { axes: [2, 3] });
      const small = net.add('Relu', [conv(net, mean, 4, { k: 1 }).name], [n, 4, 1, 1]);
      const gate = net.add('Sigmoid', [conv(net, small, c, { k: 1 }).name], [n, c, 1, 1]);
      return net.add('Mul', [x.name, gate.name], x.dims);
    }
    case 13: {
      const padded = net.add('Pad', [x.name, net.ints([0, r.int(2), 0, 1, 0, r.int(2), 0, 1])], x.dims);
      const pads = net.tensors.at(-1)!.rawData;
      const at = new BigInt64Array(pads.slice().buffer);
      padded.dims = [n, c + Number(at[1] + at[5]), h, w + 2];
      return net.add('MaxPool', [padded.name], [n, padded.dims[1], h, w], { kernel_shape: [1, 3] });
    }
    case 14: {
      const wide = net.add('Resize', [x.name, '', '', net.ints([2, c, 2 * h, 2 * w])], [n, c, 2 * h, 2 * w], {
        mode: 'nearest',
      });
      return net.add('AveragePool', [wide.name], x.dims, { kernel_shape: [2, 2], strides: [2, 2] });
    }
    case 15: {
      // A channel shuffle.
      if (c % 2) return activation(net, x);
      const apart = net.reshape(x, [n, 2, c / 2, h, w]);
      const swapped = net.add('Transpose', [apart.name], [n, c / 2, 2, h, w], { perm: [0, 2, 1, 3, 4] });
      return net.reshape(swapped, x.dims);
    }
    case 16: {
      // A layer that has its channels last.
      const last = net.add('Transpose', [x.name], [n, h, w, c], { perm: [0, 2, 3, 1] });
      const made = net.add('MatMul', [last.name, net.floats([c, width])], [n, h, w, width]);
      const shifted = net.add('Add', [net.floats([width]), made.name], made.dims);
      return net.add('Transpose', [shifted.name], [n, width, h, w], { perm: [0, 3, 1, 2] });
    }
    case 17: {
      if (c % 2) return net.add('InstanceNormalization', [x.name, net.floats([c]), net.floats([c])], x.dims);
      // A normalization of groups, as exporters write it out.
      const apart = net.reshape(x, [n, 2, (c / 2) * h * w]);
      const ones = net.floats([2], () => 1);
      const even = net.add('InstanceNormalization', [apart.name, ones, net.floats([2], () => 0)], apart.dims);
      const scaled = net.add('Mul', [net.reshape(even, x.dims).name, net.floats([c, 1, 1])], x.dims);
      return net.add('Add', [scaled.name, net.floats([1, c, 1, 1])], x.dims);
    }
    case 18: {
      const deep = net.add('SpaceToDepth', [x.name], [n, 4 * c, h / 2, w / 2], { blocksize: 2 });
      const made = conv(net, deep, 8, { k: 1 });
      return net.add('DepthToSpace', [made.name], [n, 2, h, w], { blocksize: 2, mode: r.int(2) ? 'CRD' : 'DCR' });
    }
    case 19:
      return net.add('Tile', [x.name, net.ints([1, 2, 1, 1])], [n, 2 * c, h, w]);
    case 20: {
      const wide = net.add('Expand', [net.floats([1, c, 1, 1]), net.ints([1, c, h, w])], [1, c, h, w]);
      return net.add('Mul', [x.name, wide.name], x.dims);
    }
    case 21: {
      const weight = net.floats([c, width]);
      return net.add('Einsum', [x.name, weight], [n, width, h, w], { equation: 'nchw,co->nohw' });
    }
    case 22: {
      // As many ones as the model finds channels: what is computed from a shape is not to be cut.
      const shape = net.add('Shape', [x.name], [4]);
      const channels = net.add('Gather', [shape.name, net.ints([1])], [1]);
      const target = net.add('Concat', [channels.name, net.ints([1, 1])], [3], { axis: 0 });
      const one = { tensor: makeTensor('', DataType.FLOAT, [1], Float32Array.of(1)) };
      return net.add(
        'Mul',
        [x.name, net.add('ConstantOfShape', [target.name], [c, 1, 1], { value: one }).name],
        x.dims,
      );
    }
    default: {
      const indices = Array.from({ length: 1 + r.int(c) }, () => r.int(c) - (r.int(2) ? c : 0));
      return net.add('Gather', [x.name, net.ints(indices)], [n, indices.length, h, w], { axis: 1 });
    }
  }
}
