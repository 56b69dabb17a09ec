import type { AttributeValue } from '../build.ts';
import { DataType, type TensorProto } from '../proto.ts';
import { makeTensor } from '../tensor.ts';

/** The nodes that `raise.test.ts` raises: what it compares in ONNX Runtime before and after. */

const { FLOAT, INT64 } = DataType;
export const f32 = (name: string, values: number[], dims = [values.length]) =>
  makeTensor(name, FLOAT, dims, Float32Array.from(values));
const i64 = (name: string, values: number[], dims = [values.length]) =>
  makeTensor(name, INT64, dims, BigInt64Array.from(values, BigInt));

/** A model of one node. */
export interface Case {
  op: string;
  from: number;
  /** Dims of the float input x. */
  dims: number[];
  /** Declared dims, when the model does not know them all. */
  declared?: (number | string)[] | null;
  inputs?: TensorProto[];
  attributes?: Record<string, AttributeValue>;
  outputs?: string[];
}

/** Each with the opsets that it is raised to. */
const nums = (n: number) => Array.from({ length: n }, (_, i) => Math.sin(3 * i + 1));
export const cases: [string, Case, number[]][] = [
  ['Softmax, last axis', { op: 'Softmax', from: 11, dims: [2, 3, 4], attributes: { axis: -1 } }, [13, 21]],
  ['Softmax, axis 1 of 4 by default', { op: 'Softmax', from: 9, dims: [2, 3, 4, 2] }, [13, 25]],
  ['Softmax of unknown rank', { op: 'Softmax', from: 12, dims: [2, 3, 4], declared: null }, [13, 21]],
  ['Softmax, axis 0', { op: 'Softmax', from: 7, dims: [2, 3], attributes: { axis: 0 } }, [21]],
  ['LogSoftmax, axis -2', { op: 'LogSoftmax', from: 11, dims: [2, 3, 4], attributes: { axis: -2 } }, [13]],
  ['Hardmax', { op: 'Hardmax', from: 11, dims: [2, 3, 4], attributes: { axis: 1 } }, [13]],
  ['Squeeze', { op: 'Squeeze', from: 8, dims: [1, 3, 1], attributes: { axes: [0] } }, [11, 13, 21]],
  ['Squeeze of every 1', { op: 'Squeeze', from: 8, dims: [1, 3, 1] }, [13]],
  ['Unsqueeze', { op: 'Unsqueeze', from: 9, dims: [2, 3], attributes: { axes: [0, 3] } }, [13, 25]],
  ['ReduceSum', { op: 'ReduceSum', from: 11, dims: [2, 3, 4], attributes: { axes: [-1], keepdims: 0 } }, [13, 21]],
  ['ReduceSum of all', { op: 'ReduceSum', from: 11, dims: [2, 3, 4] }, [13]],
  ...['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare'].map(
    (r): [string, Case, number[]] => [
      `Reduce${r}`,
      { op: `Reduce${r}`, from: 11, dims: [2, 3, 4], attributes: { axes: [0, 2] } },
      [13, 18, 21],
    ],
  ),
  ['ReduceMean of all', { op: 'ReduceMean', from: 13, dims: [2, 3], attributes: { keepdims: 0 } }, [18]],
  [
    'Split by sizes',
    { op: 'Split', from: 11, dims: [5, 2], attributes: { split: [2, 3] }, outputs: ['y', 'z'] },
    [13, 18],
  ],
  ['Split evenly', { op: 'Split', from: 11, dims: [6, 2], outputs: ['y', 'z', 'w'] }, [13, 18, 21]],
  [
    'Clip',
    { op: 'Clip', from: 7, dims: [4, 4], attributes: { min: { float: -0.5 }, max: { float: 0.7 } } },
    [11, 12, 21],
  ],
  ['Clip with max alone', { op: 'Clip', from: 7, dims: [4, 4], attributes: { max: { float: 0.7 } } }, [11, 21]],
  ['Clip with nothing', { op: 'Clip', from: 7, dims: [4, 4] }, [21]],
  [
    'Pad',
    { op: 'Pad', from: 7, dims: [2, 3], attributes: { pads: [0, 1, 2, 0], value: { float: 1.5 } } },
    [11, 18, 25],
  ],
  [
    'Pad by reflection',
    { op: 'Pad', from: 9, dims: [3, 4], attributes: { pads: [1, 1, 1, 1], mode: 'reflect' } },
    [21],
  ],
  [
    'Slice',
    { op: 'Slice', from: 9, dims: [4, 5], attributes: { starts: [1, -3], ends: [3, 9999], axes: [0, 1] } },
    [10, 21],
  ],
  ['Slice without axes', { op: 'Slice', from: 9, dims: [4, 5], attributes: { starts: [1], ends: [-1] } }, [10, 13]],
  ['TopK', { op: 'TopK', from: 9, dims: [3, 6], attributes: { k: 2 }, outputs: ['y', 'i'] }, [10, 11, 24]],
  ['Dropout', { op: 'Dropout', from: 7, dims: [3, 4], attributes: { ratio: { float: 0.3 } } }, [10, 12, 13, 22]],
  [
    'BatchNormalization',
    {
      op: 'BatchNormalization',
      from: 7,
      dims: [2, 3, 4],
      inputs: [f32('s', nums(3)), f32('b', nums(3)), f32('m', nums(3)), f32('v', [0.5, 1, 2])],
      attributes: { epsilon: { float: 1e-3 } },
    },
    [9, 14, 15, 21],
  ],
  [
    'Upsample, nearest',
    { op: 'Upsample', from: 7, dims: [1, 2, 3, 3], attributes: { scales: { floats: [1, 1, 2, 2.5] } } },
    [9, 10, 11, 13, 19],
  ],
  [
    'Upsample, linear',
    { op: 'Upsample', from: 7, dims: [1, 2, 3, 3], attributes: { mode: 'linear', scales: { floats: [1, 1, 2, 3] } } },
    [9, 10, 11, 13, 19],
  ],
  ['Resize, nearest', { op: 'Resize', from: 10, dims: [1, 1, 3, 3], inputs: [f32('s', [1, 1, 3, 2])] }, [11, 18, 19]],
  [
    'Resize, linear down',
    {
      op: 'Resize',
      from: 10,
      dims: [1, 1, 6, 6],
      inputs: [f32('s', [1, 1, 0.5, 0.5])],
      attributes: { mode: 'linear' },
    },
    [11, 19],
  ],
  [
    'Scatter',
    { op: 'Scatter', from: 9, dims: [3, 3], inputs: [i64('i', [1, 0, 2, 0, 2, 1], [2, 3]), f32('u', nums(6), [2, 3])] },
    [11, 16, 18],
  ],
  [
    'ConvTranspose with plain pads',
    {
      op: 'ConvTranspose',
      from: 7,
      dims: [1, 2, 4, 4],
      inputs: [f32('w', nums(18), [2, 1, 3, 3])],
      attributes: { pads: [1, 0, 0, 1], strides: [2, 2] },
    },
    [11, 22],
  ],
  [
    'AveragePool',
    { op: 'AveragePool', from: 7, dims: [1, 1, 5, 5], attributes: { kernel_shape: [2, 2], pads: [1, 1, 0, 0] } },
    [19, 22],
  ],
  [
    'MaxPool',
    { op: 'MaxPool', from: 7, dims: [1, 1, 5, 5], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
    [8, 12, 22],
  ],
  [
    'RoiAlign',
    {
      op: 'RoiAlign',
      from: 10,
      dims: [1, 1, 8, 8],
      inputs: [f32('r', [0.4, 0.6, 5.1, 6.2], [1, 4]), i64('b', [0])],
      attributes: { output_height: 3, output_width: 3, sampling_ratio: 2 },
    },
    // ONNX Runtime has no kernel of opset 22 for it to compare with.
    [16, 21],
  ],
  [
    'GridSample',
    {
      op: 'GridSample',
      from: 16,
      dims: [1, 1, 4, 4],
      inputs: [f32('g', nums(8), [1, 2, 2, 2])],
      attributes: { mode: 'bilinear' },
    },
    [20, 22],
  ],
  [
    'GroupNormalization',
    {
      op: 'GroupNormalization',
      from: 18,
      dims: [2, 6, 4],
      inputs: [f32('s', nums(3)), f32('b', [1, 2, 3])],
      attributes: { num_groups: 3 },
    },
    [21],
  ],
  ['Gemm', { op: 'Gemm', from: 7, dims: [2, 3], inputs: [f32('w', nums(12), [3, 4]), f32('c', nums(4))] }, [9, 11, 13]],
  ['Reshape', { op: 'Reshape', from: 7, dims: [2, 6], inputs: [i64('s', [0, -1, 2])] }, [13, 14, 21, 25]],
];
