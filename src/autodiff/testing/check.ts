import type { Random } from '../../base/random.ts';
import { type AttributeValue, graph, modelProto, node, valueInfo } from '../../onnx/build.ts';
import type { Model } from '../../onnx/model.ts';
import { DataType } from '../../onnx/proto.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import { modelBytes } from '../../onnx/write.ts';
import { openSession } from '../../runtime/session.ts';
import type { SessionOptions, Value } from '../../runtime/types.ts';
import { mul, sumAll } from '../arithmetic.ts';
import { assemble } from '../assemble.ts';
import { differentiate } from '../differentiate.ts';
import { type OpenSession, type Traced, traceModel } from '../trace.ts';
import { LAYOUT } from './layout.ts';
import { POINTWISE } from './pointwise.ts';
import { REDUCTIONS } from './reductions.ts';
import { count, type Operator, type Ref } from './tensor.ts';
import { WINDOWS } from './windows.ts';

const OPERATORS: Readonly<Record<string, Operator>> = { ...POINTWISE, ...LAYOUT, ...REDUCTIONS, ...WINDOWS };

export const open: OpenSession = async (m: Model, o?: SessionOptions) => openSession(await modelBytes(m), o);

/** An input of a case: differentiated unless it is constant; integers and bools always are. Absent inputs are undefined. */
export interface CaseInput {
  dims: readonly number[];
  data: readonly number[];
  constant?: 'float' | 'int64' | 'bool';
}

/** One node with its inputs. A float attribute is `{ float }`. */
export interface Case {
  op: string;
  inputs: readonly (CaseInput | undefined)[];
  attributes?: Readonly<Record<string, AttributeValue>>;
  outputs?: number;
  opset?: number;
  /** For the reference alone, where it goes by other attributes than the node. */
  reference?: Readonly<Record<string, number>>;
  /** Rewrites the traced graph before it is differentiated. */
  prepare?: (traced: Traced) => void;
}

const DTYPES = { float: DataType.FLOAT, int64: DataType.INT64, bool: DataType.BOOL } as const;
const ARRAYS = {
  float: (v: readonly number[]) => Float32Array.from(v),
  int64: (v: readonly number[]) => BigInt64Array.from(v, BigInt),
  bool: (v: readonly number[]) => Uint8Array.from(v),
};

function modelOf(c: Case): { model: Model; outputs: string[] } {
  const names = c.inputs.map((x, i) => (x ? `x${i}` : ''));
  const outputs = Array.from({ length: c.outputs ?? 1 }, (_, i) => `y${i}`);
  const fed = c.inputs.flatMap((x, i) => (x && !x.constant ? [valueInfo(`x${i}`, DataType.FLOAT, x.dims)] : []));
  const stored = c.inputs.flatMap((x, i) =>
    x?.constant ? [makeTensor(`x${i}`, DTYPES[x.constant], x.dims, ARRAYS[x.constant](x.data))] : [],
  );
  const nodes = [node(c.op, names, outputs, c.attributes, { name: 'the node' })];
  const info = outputs.map((o) => valueInfo(o, DataType.FLOAT, null));
  const proto = modelProto(graph('g', nodes, fed, info, stored), c.opset ?? 18);
  return { model: { name: 'case.onnx', proto, bytes: 0, external: [] }, outputs };
}

function plainAttributes(c: Case) {
  return Object.fromEntries(
    Object.entries(c.attributes ?? {}).map(([k, v]) => [
      k,
      typeof v === 'object' && 'float' in v ? Math.fround(v.float) : v,
    ]),
  ) as Readonly<Record<string, number | string | readonly number[]>>;
}

/** What a check found. */
export interface Check {
  /** ‖y − reference‖ / ‖reference‖ of the forward pass: whether the two mean the same operator at all. */
  forward: number;
  /** ‖g − numeric‖ / ‖numeric‖, the worst of all inputs, over the coordinates that were looked at. */
  gradient: number;
}

const norm = (v: readonly number[]) => Math.sqrt(v.reduce((s, x) => s + x * x, 0));
/** Against the norm of the reference, or an element of 1e-3 where that is smaller yet. */
const relative = (a: readonly number[], b: readonly number[]) =>
  b.length === 0 ? 0 : norm(a.map((v, i) => v - b[i])) / Math.max(norm(b), 1e-3 * Math.sqrt(b.length));

/** Coordinates looked at per input. */
const LOOKED_AT = 24;
/** In float64 the error of a central difference is near h² and 1e-16/h, both below 1e-9. */
const H = 1e-5;

/**
 * The gradient of Σ r·y with random r, in float32 by the graph under test and ONNX Runtime, against central differences in float64 of
 * the reference.
 */
export async function checkCase(c: Case, random: Random): Promise<Check> {
  const reference = OPERATORS[c.op];
  const attributes = { ...plainAttributes(c), ...c.reference };
  const inputs = c.inputs.map(
    (x): Ref | undefined => x && { dims: x.dims, data: Float64Array.from(x.data, Math.fround) },
  );
  const outputsOf = () => reference(inputs, attributes, c.outputs ?? 1);
  const ys = outputsOf();
  const weights = ys.map((y) => Float64Array.from(y.data, () => Math.fround(0.5 + random.next())));
  const loss = () => outputsOf().reduce((s, y, k) => s + y.data.reduce((t, v, i) => t + v * weights[k][i], 0), 0);

  const { model, outputs } = modelOf(c);
  const feeds: Record<string, Value> = {};
  c.inputs.forEach((x, i) => {
    if (x && !x.constant) feeds[`x${i}`] = { dtype: 'float32', dims: x.dims, data: Float32Array.from(x.data) };
  });
  const traced = await traceModel(model, feeds, open);
  c.prepare?.(traced);
  const t = traced.tape;
  const parts = outputs.map((o, k) =>
    sumAll(t, mul(t, o, t.initializer(makeTensor(`r${k}`, DataType.FLOAT, ys[k].dims, Float32Array.from(weights[k]))))),
  );
  const total = parts.reduce((a, b) => t.op('Add', [a, b], []));
  const wrt = Object.keys(feeds);
  const grads = differentiate(t, total, wrt);
  const session = await open(assemble(traced, wrt, [...outputs, ...grads.values()]));
  const found = await session.run(feeds);
  await session.release();

  const forward = Math.max(
    ...ys.map((y, k) => relative(Array.from(found[outputs[k]].data as Float32Array), [...y.data])),
  );
  let gradient = 0;
  for (const name of wrt) {
    const x = inputs[Number(name.slice(1))]!;
    const g = found[grads.get(name)!].data as Float32Array;
    if (g.length !== count(x.dims)) throw new Error(`the gradient of ${name} has another size`);
    const looked = random.permutation(g.length).slice(0, LOOKED_AT);
    const numeric = Array.from(looked, (i) => {
      const v = x.data[i];
      x.data[i] = v + H;
      const up = loss();
      x.data[i] = v - H;
      const down = loss();
      x.data[i] = v;
      return (up - down) / (2 * H);
    });
    gradient = Math.max(
      gradient,
      relative(
        Array.from(looked, (i) => g[i]),
        numeric,
      ),
    );
  }
  return { forward, gradient };
}
