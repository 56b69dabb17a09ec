import { openSession } from '../../runtime/session.ts';
import type { Backend, Session, Value } from '../../runtime/types.ts';
import { type Grouping, groupCount, shapeOf } from '../grouping.ts';
import { assignCodebook, boundaries } from '../loops/codebook.ts';
import { addErrors, type ErrorSums, noErrors } from '../loops/errors.ts';
import { maskNM } from '../loops/mask.ts';
import { type AffineSpec, checkGroups, integerRange, quantizeAffine } from '../loops/quantize.ts';
import { ranges } from '../loops/ranges.ts';
import type { Kernels } from '../types.ts';
import * as build from './build.ts';
import { PIECE, type Piece, pieces } from './pieces.ts';

type Floats = Float32Array<ArrayBuffer>;

const float32 = (data: Float32Array, dims: readonly number[]): Value => ({ dtype: 'float32', dims, data });
const eight = (data: Int8Array | Uint8Array, dims: readonly number[]): Value =>
  data instanceof Int8Array ? { dtype: 'int8', dims, data } : { dtype: 'uint8', dims, data };

/** True when every element is a finite number. */
function allFinite(x: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * 0;
  return sum === 0;
}

/**
 * Whether quotients might pass 2³⁰. Blocked QuantizeLinear of onnxruntime 1.30 adds the zero point in int32 before it
 * clamps, and wraps around.
 */
function overflows(x: Float32Array, scale: Float32Array): boolean {
  const smallest = scale.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const { min, max } = ranges(x, { dims: [x.length], granularity: 'tensor', axis: 0, block: 1 });
  return Math.max(max[0], -min[0]) / smallest >= 2 ** 30;
}

/**
 * The kernels as ONNX graphs on one backend, their sessions opened on first use and kept. NaN and Inf, and shapes that a
 * graph cannot say (a short last block), go through the loops: ONNX leaves the one open and cannot express the other.
 */
export class GraphKernels implements Kernels {
  private readonly sessions = new Map<string, Promise<Session>>();

  constructor(
    readonly engine: Backend,
    private readonly piece = PIECE,
  ) {}

  private session(key: string, make: () => Uint8Array): Promise<Session> {
    let session = this.sessions.get(key);
    if (!session) {
      session = openSession(make(), { backend: this.engine });
      this.sessions.set(key, session);
      // One that did not open is not kept: there is nothing to close.
      session.catch(() => this.sessions.delete(key));
    }
    return session;
  }

  /** Closes every session. */
  async release(): Promise<void> {
    const open = [...this.sessions.values()];
    this.sessions.clear();
    for (const session of open) await (await session).release();
  }

  async quantizeAffine(x: Float32Array, spec: AffineSpec, scale: Float32Array, zero?: Int8Array | Uint8Array) {
    checkGroups(spec, x.length, scale, zero);
    if (!allFinite(x) || (spec.granularity === 'block' && overflows(x, scale))) {
      return quantizeAffine(x, spec, scale, zero);
    }
    const [low, high] = integerRange(spec);
    const key = `quantize ${spec.granularity} ${spec.block} ${spec.signed} ${low} ${high}`;
    const session = await this.session(key, () => build.quantizeGraph(spec, spec.signed, low, high, this.engine));
    const Type = spec.signed ? Int8Array : Uint8Array;
    const zeros = zero ?? new Type(scale.length);
    const out = new Type(x.length);
    for (const p of pieces(spec, this.piece)) {
      const feeds = { x: float32(x.subarray(p.from, p.to), p.dims), ...this.groups(p, spec, scale, zeros) };
      out.set((await session.run(feeds)).q.data as Int8Array, p.from);
    }
    return out;
  }

  async dequantizeAffine(
    q: Int8Array | Uint8Array,
    spec: Grouping,
    scale: Float32Array,
    zero?: Int8Array | Uint8Array,
  ): Promise<Floats> {
    checkGroups(spec, q.length, scale, zero);
    const signed = q instanceof Int8Array;
    const key = `dequantize ${spec.granularity} ${spec.block} ${signed}`;
    const session = await this.session(key, () => build.dequantizeGraph(spec, signed, this.engine));
    const zeros = zero ?? new (signed ? Int8Array : Uint8Array)(scale.length);
    const out = new Float32Array(q.length);
    for (const p of pieces(spec, this.piece)) {
      const part = q.subarray(p.from, p.to);
      const value = this.engine === 'wasm' ? eight(part, p.dims) : float32(Float32Array.from(part), p.dims);
      const { x } = await session.run({ q: value, ...this.groups(p, spec, scale, zeros) });
      out.set(x.data as Float32Array, p.from);
    }
    return out;
  }

  /** The scales and zero points of a piece as the backend's graph takes them. */
  private groups(p: Piece, g: Grouping, scale: Float32Array, zero: Int8Array | Uint8Array): Record<string, Value> {
    const s = scale.subarray(p.groupFrom, p.groupTo);
    const z = zero.subarray(p.groupFrom, p.groupTo);
    if (this.engine === 'wasm') return { scale: float32(s, p.groupDims), zero: eight(z, p.groupDims) };
    if (g.granularity !== 'block') {
      const dims = g.granularity === 'channel' ? [p.dims[1], 1] : [];
      return { scale: float32(s, dims), zero: float32(Float32Array.from(z), dims) };
    }
    return {
      scale: float32(spread(s, p, g.block), p.dims),
      zero: float32(spread(Float32Array.from(z), p, g.block), p.dims),
    };
  }

  async ranges(x: Float32Array, g: Grouping) {
    const { along } = shapeOf(g);
    const ragged = g.granularity === 'block' && along % g.block !== 0;
    if (ragged || x.length === 0 || !allFinite(x)) return ranges(x, g);
    const axes = g.granularity === 'tensor' ? [0, 1, 2] : g.granularity === 'channel' ? [0, 2] : [1];
    const session = await this.session(`ranges ${axes}`, () => build.rangesGraph(axes));
    const n = groupCount(g);
    const min = new Float32Array(n).fill(Number.POSITIVE_INFINITY);
    const max = new Float32Array(n).fill(Number.NEGATIVE_INFINITY);
    for (const p of pieces(g, this.piece)) {
      // A box of whole blocks is one of (blocks, block, inner); a part of one block is a row of that.
      const dims = g.granularity === 'block' ? blockDims(p, g.block) : p.dims;
      const found = await session.run({ x: float32(x.subarray(p.from, p.to), dims) });
      for (let i = p.groupFrom; i < p.groupTo; i++) {
        min[i] = Math.min(min[i], (found.min.data as Float32Array)[i - p.groupFrom]) + 0;
        max[i] = Math.max(max[i], (found.max.data as Float32Array)[i - p.groupFrom]) + 0;
      }
    }
    return { min, max };
  }

  async maskBelow(x: Float32Array, threshold: number): Promise<Floats> {
    const session = await this.session('maskBelow', build.maskBelowGraph);
    const limit = float32(Float32Array.of(threshold), []);
    return this.eachFlat(x, async (part) => {
      const { y } = await session.run({ x: float32(part, [part.length]), threshold: limit });
      return y.data as Float32Array;
    });
  }

  private async eachFlat(x: Float32Array, f: (part: Float32Array) => Promise<Float32Array>): Promise<Floats> {
    const out = new Float32Array(x.length);
    for (let at = 0; at < x.length; at += this.piece) out.set(await f(x.subarray(at, at + this.piece)), at);
    return out;
  }

  async maskNM(x: Float32Array, dims: readonly number[], axis: number, n: number, m: number): Promise<Floats> {
    if (n < 1 || dims[axis] % m !== 0 || !allFinite(x)) return maskNM(x, dims, axis, n, m);
    const session = await this.session(`maskNM ${n}`, () => build.maskNMGraph(n));
    const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
    const groups: Grouping = { dims: [x.length / (m * inner || 1), m, inner], granularity: 'block', axis: 1, block: m };
    if (m * inner > this.piece) return maskNM(x, dims, axis, n, m);
    const out = new Float32Array(x.length);
    for (const p of pieces(groups, this.piece)) {
      out.set((await session.run({ x: float32(x.subarray(p.from, p.to), p.dims) })).y.data as Float32Array, p.from);
    }
    return out;
  }

  async errorSums(x: Float32Array, y: Float32Array): Promise<ErrorSums> {
    if (x.length !== y.length) throw new Error(`${x.length} elements against ${y.length}`);
    const session = await this.session('errorSums', () => build.errorsGraph(this.engine));
    let sums = noErrors();
    for (let at = 0; at < x.length; at += this.piece) {
      const part = x.subarray(at, at + this.piece);
      const dims = [part.length];
      const found = await session.run({ x: float32(part, dims), y: float32(y.subarray(at, at + this.piece), dims) });
      const of = (name: string) => Number(found[name].data[0]);
      const one = {
        signal: of('signal'),
        noise: of('noise'),
        output: of('output'),
        dot: of('dot'),
        maxAbs: of('maxAbs'),
      };
      sums = addErrors(sums, { count: part.length, ...one });
    }
    return sums;
  }

  async assignCodebook(x: Float32Array, table: Float32Array) {
    const edges = boundaries(table);
    if (edges.length === 0 || !allFinite(x)) return assignCodebook(x, table);
    const session = await this.session('assignCodebook', build.assignGraph);
    const step = Math.max(1, Math.floor(this.piece / edges.length));
    const out = new Uint8Array(x.length);
    for (let at = 0; at < x.length; at += step) {
      const part = x.subarray(at, at + step);
      const found = await session.run({ x: float32(part, [part.length, 1]), edges: float32(edges, [edges.length]) });
      out.set(found.index.data as Int32Array, at);
    }
    return out;
  }
}

function blockDims(p: Piece, block: number): [number, number, number] {
  const [o, a, i] = p.dims;
  return a < block ? [o, a, i] : [(o * a) / block, block, i];
}

/** The groups of a box repeated for each of its elements. */
function spread(groups: Float32Array, p: Piece, block: number): Floats {
  const [o, a, i] = p.dims;
  const blocks = p.groupDims[1];
  const out = new Float32Array(o * a * i);
  for (let row = 0; row < o * a; row++) {
    const from = (Math.floor(row / a) * blocks + Math.floor((row % a) / block)) * i;
    out.set(groups.subarray(from, from + i), row * i);
  }
  return out;
}
