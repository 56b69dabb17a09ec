import { Random } from '../../../base/random.ts';
import { type AttributeValue, node } from '../../../onnx/build.ts';
import { DataType, type NodeProto, type TensorProto } from '../../../onnx/proto.ts';
import { makeTensor } from '../../../onnx/tensor.ts';

/** A value under construction: its name and its dims without the batch. */
export interface Ref {
  readonly name: string;
  readonly dims: readonly number[];
}

const product = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

/** Writes layers one after another, with weights drawn from a seed (He et al. 2015: normal, variance 2/fan-in) and biases of zero. */
export class Builder {
  readonly nodes: NodeProto[] = [];
  readonly tensors: TensorProto[] = [];
  private readonly random: Random;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  op(
    op: string,
    inputs: readonly string[],
    output: Ref,
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): Ref {
    this.nodes.push(node(op, inputs, [output.name], attributes, { name: output.name }));
    return output;
  }

  relu(x: Ref): Ref {
    return this.op('Relu', [x.name], { name: `${x.name}_relu`, dims: x.dims });
  }

  flatten(x: Ref): Ref {
    return this.op('Flatten', [x.name], { name: `${x.name}_flat`, dims: [product(x.dims)] }, { axis: 1 });
  }

  /** @param gain variance times fan-in: 2 before a ReLU, 1 for what gives the answer */
  dense(name: string, x: Ref, width: number, gain = 2): Ref {
    const w = this.weight(`${name}.weight`, [width, x.dims[0]], x.dims[0], gain);
    return this.op('Gemm', [x.name, w, this.filled(`${name}.bias`, width, 0)], { name, dims: [width] }, { transB: 1 });
  }

  /** A convolution over [channels, height, width], a bias unless BatchNormalization follows. */
  conv(
    name: string,
    x: Ref,
    channels: number,
    kernel: number,
    o: { pad?: number; stride?: number; bias?: boolean } = {},
  ): Ref {
    const { pad = 0, stride = 1, bias = true } = o;
    const [from, ...sides] = x.dims;
    const w = this.weight(`${name}.weight`, [channels, from, kernel, kernel], from * kernel * kernel, 2);
    const inputs = [x.name, w, ...(bias ? [this.filled(`${name}.bias`, channels, 0)] : [])];
    const dims = [channels, ...sides.map((s) => Math.floor((s + 2 * pad - kernel) / stride) + 1)];
    return this.op(
      'Conv',
      inputs,
      { name, dims },
      {
        kernel_shape: [kernel, kernel],
        pads: [pad, pad, pad, pad],
        strides: [stride, stride],
      },
    );
  }

  norm(name: string, x: Ref): Ref {
    const [c] = x.dims;
    const parts = ['weight', 'bias', 'running_mean', 'running_var'].map((p, i) =>
      this.filled(`${name}.${p}`, c, i === 0 || i === 3 ? 1 : 0),
    );
    return this.op('BatchNormalization', [x.name, ...parts], { name, dims: x.dims });
  }

  add(name: string, x: Ref, y: Ref): Ref {
    return this.op('Add', [x.name, y.name], { name, dims: x.dims });
  }

  /** Halves each side that is longer than 1. */
  pool(x: Ref): Ref {
    const [c, ...sides] = x.dims;
    const kernel = sides.map((s) => Math.min(2, s));
    const dims = [c, ...sides.map((s, i) => Math.floor(s / kernel[i]))];
    return this.op('MaxPool', [x.name], { name: `${x.name}_pool`, dims }, { kernel_shape: kernel, strides: kernel });
  }

  mean(x: Ref): Ref {
    return this.op('GlobalAveragePool', [x.name], { name: `${x.name}_mean`, dims: [x.dims[0], 1, 1] });
  }

  private weight(name: string, dims: readonly number[], fan: number, gain: number): string {
    const spread = Math.sqrt(gain / fan);
    const data = Float32Array.from({ length: product(dims) }, () => spread * this.random.normal());
    this.tensors.push(makeTensor(name, DataType.FLOAT, dims, data));
    return name;
  }

  private filled(name: string, length: number, value: number): string {
    this.tensors.push(makeTensor(name, DataType.FLOAT, [length], new Float32Array(length).fill(value)));
    return name;
  }
}
