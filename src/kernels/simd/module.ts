import { BINARY } from './binary.ts';
import { CHANNELS, OF, PAGE, SUMS } from './layout.ts';

/** The kernels by name: all take addresses in bytes, and counts of elements. */
export interface Functions {
  moments(y: number, n: number, shift: number): void;
  measure(x: number, y: number, n: number, shift: number): void;
  bareMeasure(x: number, y: number, n: number, shift: number): void;
  gather(out: number): number;
  poison(x: number, n: number): number;
  rowRanges(x: number, n: number, c: number, channels: number, low: number, high: number): void;
  runRanges(
    x: number,
    n: number,
    left: number,
    inner: number,
    c: number,
    channels: number,
    low: number,
    high: number,
  ): number;
  quantizeRun_s: QuantizeRun;
  quantizeRun_u: QuantizeRun;
  bareQuantizeRun_s: QuantizeRun;
  bareQuantizeRun_u: QuantizeRun;
  halves(
    x: number,
    n: number,
    q: number,
    y: number,
    minBits: number,
    maxBits: number,
    minHalf: number,
    maxHalf: number,
  ): void;
  blockParameters(
    low: number,
    high: number,
    n: number,
    symmetric: number,
    inverse: number,
    scale: number,
    zero: number,
  ): void;
  nibbles(
    x: number,
    rows: number,
    columns: number,
    q: number,
    blob: number,
    y: number,
    inverse: number,
    scale: number,
    zero: number,
  ): void;
  quantizeRows(
    x: number,
    n: number,
    q: number,
    y: number,
    c: number,
    channels: number,
    scale: number,
    stride: number,
  ): void;
}

/** Sums and extremes that kernels keep in four lanes, of which element i of a call takes lane i mod 4. */
export interface Lanes {
  readonly sum: Float64Array<ArrayBuffer>;
  readonly square: Float64Array<ArrayBuffer>;
  readonly signal: Float64Array<ArrayBuffer>;
  readonly noise: Float64Array<ArrayBuffer>;
  readonly low: Float32Array<ArrayBuffer>;
  readonly high: Float32Array<ArrayBuffer>;
  readonly zeros: Int32Array<ArrayBuffer>;
}

const LANES = ['sum', 'square', 'signal', 'noise', 'low', 'high', 'zeros'] as const;

type QuantizeRun = (
  x: number,
  n: number,
  q: number,
  y: number,
  scale: number,
  low: number,
  high: number,
  zero: number,
) => void;

let compiled: WebAssembly.Module | undefined;

/** An instance of the kernels with its memory, seen as each type. Views are made anew when the memory grows. */
export class Simd {
  readonly run: Functions;
  f32!: Float32Array<ArrayBuffer>;
  f64!: Float64Array<ArrayBuffer>;
  i32!: Int32Array<ArrayBuffer>;
  u8!: Uint8Array<ArrayBuffer>;
  private lanes!: Lanes;
  private readonly memory: WebAssembly.Memory;

  /** @param bytes of its memory at first */
  constructor(bytes = CHANNELS) {
    this.memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
    compiled ??= new WebAssembly.Module(Uint8Array.from(atob(BINARY), (c) => c.charCodeAt(0)));
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory: this.memory } });
    this.run = exports as unknown as Functions;
    this.look();
  }

  private look(): void {
    const buffer = this.memory.buffer as ArrayBuffer;
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u8 = new Uint8Array(buffer);
    const doubles = (name: keyof typeof OF) => this.f64.subarray((SUMS + OF[name]) / 8, (SUMS + OF[name]) / 8 + 4);
    const singles = (name: keyof typeof OF) => this.f32.subarray((SUMS + OF[name]) / 4, (SUMS + OF[name]) / 4 + 4);
    this.lanes = {
      sum: doubles('sum'),
      square: doubles('square'),
      signal: doubles('signal'),
      noise: doubles('noise'),
      low: singles('low'),
      high: singles('high'),
      zeros: this.i32.subarray((SUMS + OF.zeros) / 4, (SUMS + OF.zeros) / 4 + 4),
    };
  }

  /** Makes sure that there are `bytes` from an address on. */
  reserve(from: number, bytes: number): void {
    const missing = from + bytes - this.u8.byteLength;
    if (missing <= 0) return;
    this.memory.grow(Math.ceil(missing / PAGE));
    this.look();
  }

  /** Whether numbers lie in this memory. */
  holds(values: Float32Array): boolean {
    return values.buffer === this.f32.buffer;
  }

  /** The address of numbers: where they lie in this memory, or `at`, to which they are copied. */
  addressOf(values: Float32Array, at: number): number {
    if (this.holds(values)) return values.byteOffset;
    this.f32.set(values, at / 4);
    return at;
  }

  /** Running sums that kernels go on from. */
  putLanes(from: Partial<Lanes>): void {
    for (const name of LANES) if (from[name]) this.lanes[name].set(from[name]);
  }

  /** Running sums as kernels left them. */
  takeLanes(to: Partial<Lanes>): void {
    for (const name of LANES) to[name]?.set(this.lanes[name] as never);
  }
}

let instance: Simd | null | undefined;

/** The kernels; null where there is no SIMD in WebAssembly, as in browsers before 2023, or where a policy forbids it. */
export function simd(): Simd | null {
  if (instance === undefined) {
    try {
      instance = new Simd();
    } catch {
      instance = null;
    }
  }
  return instance;
}
