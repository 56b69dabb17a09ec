import { encodeModel, graph, modelProto, node, valueInfo } from '../../onnx/build.ts';
import { DataType, type NodeProto, type TensorProto } from '../../onnx/proto.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import type { Backend } from '../../runtime/types.ts';

const { FLOAT, DOUBLE, INT8, UINT8, INT32, INT64 } = DataType;
const BOX = ['o', 'a', 'i'];

const ints = (name: string, values: number[]) =>
  makeTensor(name, INT64, [values.length], BigInt64Array.from(values, BigInt));
const scalar = (name: string, value: number) => makeTensor(name, FLOAT, [], Float32Array.of(value));

type Io = readonly [name: string, dataType: number, dims: readonly (number | string)[] | null];

function model(nodes: NodeProto[], inputs: readonly Io[], outputs: readonly Io[], initializers: TensorProto[] = []) {
  const info = (io: Io) => valueInfo(io[0], io[1], io[2]);
  return encodeModel(modelProto(graph('kernel', nodes, inputs.map(info), outputs.map(info), initializers)));
}

/** How scales stand beside a box (`pieces.ts`): nothing, one number per index along axis 1, or a block size. */
export interface Layout {
  readonly granularity: 'tensor' | 'channel' | 'block';
  readonly block: number;
}

const scaleDims = ({ granularity }: Layout) =>
  granularity === 'tensor' ? [] : granularity === 'channel' ? ['a'] : ['o', 'b', 'i'];
const axisOf = (l: Layout) => ({ axis: 1, ...(l.granularity === 'block' && { block_size: l.block }) });

/** x, scale, zero -> q. int8 or uint8 on WASM; float on WebGPU, which has neither QuantizeLinear nor 8-bit buffers. */
export function quantizeGraph(layout: Layout, signed: boolean, low: number, high: number, backend: Backend) {
  const type = signed ? INT8 : UINT8;
  if (backend === 'wasm') {
    const inputs: Io[] = [
      ['x', FLOAT, BOX],
      ['scale', FLOAT, scaleDims(layout)],
      ['zero', type, scaleDims(layout)],
    ];
    const full = high - low === 255;
    const nodes = [node('QuantizeLinear', ['x', 'scale', 'zero'], [full ? 'q' : 'wide'], axisOf(layout))];
    if (!full) nodes.push(node('Clip', ['wide', 'low', 'high'], ['q']));
    const bound = (name: string, v: number) => makeTensor(name, type, [], signed ? Int8Array.of(v) : Uint8Array.of(v));
    return model(nodes, inputs, [['q', type, BOX]], full ? [] : [bound('low', low), bound('high', high)]);
  }
  // Scales come already spread to broadcast: [], [a, 1], or the box itself.
  const spread = layout.granularity === 'tensor' ? [] : layout.granularity === 'channel' ? ['a', 1] : BOX;
  return model(
    [
      node('Div', ['x', 'scale'], ['v']),
      node('Round', ['v'], ['r']),
      node('Add', ['r', 'zero'], ['z']),
      node('Clip', ['z', 'low', 'high'], ['q']),
    ],
    [
      ['x', FLOAT, BOX],
      ['scale', FLOAT, spread],
      ['zero', FLOAT, spread],
    ],
    [['q', FLOAT, BOX]],
    [scalar('low', low), scalar('high', high)],
  );
}

/** q, scale, zero -> x. On WebGPU the integers come as floats, and scales spread to broadcast. */
export function dequantizeGraph(layout: Layout, signed: boolean, backend: Backend) {
  const type = signed ? INT8 : UINT8;
  if (backend === 'wasm') {
    const inputs: Io[] = [
      ['q', type, BOX],
      ['scale', FLOAT, scaleDims(layout)],
      ['zero', type, scaleDims(layout)],
    ];
    return model([node('DequantizeLinear', ['q', 'scale', 'zero'], ['x'], axisOf(layout))], inputs, [
      ['x', FLOAT, BOX],
    ]);
  }
  const spread = layout.granularity === 'tensor' ? [] : layout.granularity === 'channel' ? ['a', 1] : BOX;
  return model(
    [node('Sub', ['q', 'zero'], ['d']), node('Mul', ['d', 'scale'], ['x'])],
    [
      ['q', FLOAT, BOX],
      ['scale', FLOAT, spread],
      ['zero', FLOAT, spread],
    ],
    [['x', FLOAT, BOX]],
  );
}

/** x -> the smallest and the largest along the axes given, which disappear. */
export function rangesGraph(axes: number[]) {
  return model(
    [
      node('ReduceMin', ['x', 'axes'], ['min'], { keepdims: 0 }),
      node('ReduceMax', ['x', 'axes'], ['max'], { keepdims: 0 }),
    ],
    [['x', FLOAT, BOX]],
    [
      ['min', FLOAT, null],
      ['max', FLOAT, null],
    ],
    [ints('axes', axes)],
  );
}

/** x, threshold -> x with every |x| below it set to zero. */
export function maskBelowGraph() {
  return model(
    [
      node('Abs', ['x'], ['m']),
      node('Less', ['m', 'threshold'], ['small']),
      node('Where', ['small', 'none', 'x'], ['y']),
    ],
    [
      ['x', FLOAT, ['n']],
      ['threshold', FLOAT, []],
    ],
    [['y', FLOAT, ['n']]],
    [scalar('none', 0)],
  );
}

/** x of [groups, m, inner] -> x with all but the n largest magnitudes of each group set to zero. */
export function maskNMGraph(n: number) {
  return model(
    [
      node('Abs', ['x'], ['size']),
      node('TopK', ['size', 'n'], ['top', 'index'], { axis: 1, largest: 1, sorted: 1 }),
      node('Shape', ['x'], ['shape']),
      node('Expand', ['off', 'shape'], ['none']),
      node('Shape', ['index'], ['picked']),
      node('Expand', ['on', 'picked'], ['some']),
      node('ScatterElements', ['none', 'index', 'some'], ['kept'], { axis: 1 }),
      node('Greater', ['kept', 'off'], ['keep']),
      node('Where', ['keep', 'x', 'off'], ['y']),
    ],
    [['x', FLOAT, BOX]],
    [['y', FLOAT, BOX]],
    [ints('n', [n]), scalar('off', 0), scalar('on', 1)],
  );
}

/** x, y -> Σx², Σ(x−y)², Σy², Σxy and max|x−y|; in float64 on WASM, in float32 on WebGPU, which has no other. */
export function errorsGraph(backend: Backend) {
  const wide = backend === 'wasm';
  const type = wide ? DOUBLE : FLOAT;
  const [x, y] = wide ? ['wx', 'wy'] : ['x', 'y'];
  const nodes = wide ? [node('Cast', ['x'], ['wx'], { to: DOUBLE }), node('Cast', ['y'], ['wy'], { to: DOUBLE })] : [];
  nodes.push(
    node('Sub', [x, y], ['d']),
    node('Abs', ['d'], ['m']),
    node('Mul', [x, y], ['xy']),
    node('ReduceSumSquare', [x], ['signal'], { keepdims: 0 }),
    node('ReduceSumSquare', ['d'], ['noise'], { keepdims: 0 }),
    node('ReduceSumSquare', [y], ['output'], { keepdims: 0 }),
    node('ReduceSum', ['xy'], ['dot'], { keepdims: 0 }),
    node('ReduceMax', ['m'], ['maxAbs'], { keepdims: 0 }),
  );
  const outputs = ['signal', 'noise', 'output', 'dot', 'maxAbs'];
  return model(
    nodes,
    [
      ['x', FLOAT, ['n']],
      ['y', FLOAT, ['n']],
    ],
    outputs.map((name): Io => [name, type, []]),
  );
}

/** x of [n, 1] and the k − 1 boundaries -> how many of them each element lies above. */
export function assignGraph() {
  return model(
    [
      node('Greater', ['x', 'edges'], ['above']),
      node('Cast', ['above'], ['ones'], { to: FLOAT }),
      node('ReduceSum', ['ones', 'axis'], ['sum'], { keepdims: 0 }),
      node('Cast', ['sum'], ['index'], { to: INT32 }),
    ],
    [
      ['x', FLOAT, ['n', 1]],
      ['edges', FLOAT, ['k']],
    ],
    [['index', INT32, ['n']]],
    [ints('axis', [1])],
  );
}
