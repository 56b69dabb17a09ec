import { Random } from '../base/random.ts';
import type { Backend } from '../runtime/types.ts';
import { GraphKernels } from './graphs/kernels.ts';
import { type Grouping, groupCount } from './grouping.ts';
import { loopKernels } from './loops/kernels.ts';
import { type AffineSpec, quantizeAffine } from './loops/quantize.ts';
import { KERNEL_NAMES, type KernelName } from './types.ts';
import { uglyFloats } from './ugly.ts';

/** How one kernel of a backend compared with the loops. */
export interface SelfTestResult {
  kernel: KernelName;
  cases: number;
  /** Elements compared in all. */
  elements: number;
  /** Elements whose bits differ. */
  different: number;
  /** Of those, how many differ by more than `TOLERANCE` explains. */
  wrong: number;
  /** The first wrong one, for people. */
  example?: string;
}

/**
 * What a backend may do otherwise. WASM: nothing, but that sums of float64 are taken in another order. WebGPU: WGSL allows a
 * division 2.5 ulp of error, so a quotient that close to a tie may round the other way (one step of q); it may flush
 * denormals to zero, and a product may differ by an ulp; its sums are float32.
 */
export const TOLERANCE: Readonly<Record<Backend, { ulps: number; tie: number; denormal: number; sums: number }>> = {
  wasm: { ulps: 0, tie: 0, denormal: 0, sums: 1e-12 },
  webgpu: { ulps: 1, tie: 2.5, denormal: 1.1754944e-38, sums: 1e-4 },
};

const SHAPES: readonly Grouping[] = [
  { dims: [1], granularity: 'tensor', axis: 0, block: 1 },
  { dims: [0, 3], granularity: 'channel', axis: 1, block: 1 },
  { dims: [1999], granularity: 'tensor', axis: 0, block: 1 },
  { dims: [16, 9, 3, 3], granularity: 'channel', axis: 0, block: 1 },
  { dims: [9, 16, 5], granularity: 'channel', axis: 1, block: 1 },
  { dims: [64, 48], granularity: 'channel', axis: 1, block: 1 },
  { dims: [24, 64], granularity: 'block', axis: 1, block: 32 },
  { dims: [64, 24], granularity: 'block', axis: 0, block: 16 },
  { dims: [20, 530], granularity: 'block', axis: 0, block: 16 },
  { dims: [4, 50, 3], granularity: 'block', axis: 1, block: 16 },
];

export interface SelfTestScope {
  readonly shapes?: readonly Grouping[];
  /** The most elements at once; undefined for the kernels' own choice. */
  readonly pieces?: readonly (number | undefined)[];
}

/** Pieces of this size cut every shape above in each of the ways there are. */
const SMALL_PIECE = 512;

/**
 * Runs every kernel of a backend on ugly data and compares it with the loops, element by element.
 * @param some fewer shapes and sizes of pieces, for a device that is slow
 */
export async function selfTest(
  backend: Backend,
  seed = 1,
  { shapes = SHAPES, pieces = [undefined, SMALL_PIECE] }: SelfTestScope = {},
): Promise<SelfTestResult[]> {
  const results = new Map<KernelName, SelfTestResult>(
    KERNEL_NAMES.map((kernel) => [kernel, { kernel, cases: 0, elements: 0, different: 0, wrong: 0 }]),
  );
  for (const piece of pieces) {
    const kernels = new GraphKernels(backend, piece);
    for (let i = 0; i < shapes.length; i++) {
      await testShape(kernels, shapes[i], seed + i, results);
    }
    await kernels.release();
  }
  return [...results.values()];
}

type Differs = (got: number, expected: number, i: number) => boolean;

function compare(
  result: SelfTestResult,
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  wrong: Differs,
  what: string,
): void {
  result.cases++;
  result.elements += expected.length;
  if (got.length !== expected.length) {
    result.wrong++;
    result.example ??= `${what}: ${got.length} elements for ${expected.length}`;
  }
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(got[i], expected[i])) continue;
    result.different++;
    if (!wrong(got[i], expected[i], i)) continue;
    result.wrong++;
    result.example ??= `${what}, element ${i}: ${got[i]} for ${expected[i]}`;
  }
}

async function testShape(
  kernels: GraphKernels,
  g: Grouping,
  seed: number,
  results: Map<KernelName, SelfTestResult>,
): Promise<void> {
  const random = new Random(seed);
  const n = g.dims.reduce((a, b) => a * b, 1);
  const allowed = TOLERANCE[kernels.engine];
  const what = `${g.granularity} of [${g.dims}]`;
  const of = (name: KernelName) => results.get(name)!;
  // Equal but for an ulp or two, or a flushed denormal.
  const near: Differs = (got, expected) =>
    allowed.ulps === 0 ||
    Math.abs(got - expected) > Math.max(Math.abs(expected) * 2 ** -23 * allowed.ulps, allowed.denormal);

  for (const nonFinite of [false, true]) {
    const x = uglyFloats(n, seed, { nonFinite });
    const scale = Float32Array.from({ length: groupCount(g) }, () => 2 ** -random.int(9) * (0.75 + random.next()));
    for (const [bits, signed] of [
      [8, true],
      [8, false],
      [4, true],
      [2, false],
    ] as const) {
      const spec: AffineSpec = { ...g, bits, signed };
      const zero = new (signed ? Int8Array : Uint8Array)(scale.length);
      if (bits === 8) for (let i = 0; i < zero.length; i++) zero[i] = signed ? random.int(256) - 128 : random.int(256);
      const q = quantizeAffine(x, spec, scale, zero);
      // A step is forgiven only where the quotient is as near to a tie as the division may err.
      const step: Differs = (got, expected, i) =>
        allowed.tie === 0 || Math.abs(got - expected) > 1 || !nearTie(x[i], scale, allowed.tie);
      compare(of('quantizeAffine'), await kernels.quantizeAffine(x, spec, scale, zero), q, step, what);
      const back = await loopKernels.dequantizeAffine(q, g, scale, zero);
      compare(of('dequantizeAffine'), await kernels.dequantizeAffine(q, g, scale, zero), back, near, what);
    }
    const expected = await loopKernels.ranges(x, g);
    const got = await kernels.ranges(x, g);
    compare(of('ranges'), got.min, expected.min, near, what);
    compare(of('ranges'), got.max, expected.max, near, what);
    compare(of('maskBelow'), await kernels.maskBelow(x, 0.1), await loopKernels.maskBelow(x, 0.1), near, what);
    for (const [keep, m] of [
      [2, 4],
      [4, 8],
      [1, 3],
    ] as const) {
      const args = [x, g.dims, g.axis, keep, m] as const;
      compare(
        of('maskNM'),
        await kernels.maskNM(...args),
        await loopKernels.maskNM(...args),
        near,
        `${keep}:${m}, ${what}`,
      );
    }
    const table = uglyFloats(16, seed, { nonFinite: false })
      .map((v) => (Math.abs(v) > 9 ? 1 : v))
      .sort();
    const index = await loopKernels.assignCodebook(x, table);
    // Where denormals are flushed, another level that is as near but for a denormal is as good.
    const farther: Differs = (got, expected, i) =>
      !(Math.abs(x[i] - table[got]) <= Math.abs(x[i] - table[expected]) + 2 * allowed.denormal);
    compare(of('assignCodebook'), await kernels.assignCodebook(x, table), index, farther, what);
  }
  const tame = (s: number) => uglyFloats(n, s, { nonFinite: false }).map((v) => (Math.abs(v) > 1e3 ? 1 : v));
  const [a, b] = [tame(seed), tame(seed + 100)];
  const e = Object.values(await loopKernels.errorSums(a, b));
  const scaleOf = Math.max(...e);
  const off: Differs = (got, expected) => Math.abs(got - expected) > allowed.sums * scaleOf;
  compare(of('errorSums'), Object.values(await kernels.errorSums(a, b)), e, off, what);
}

/** Whether some scale's quotient is within `ulps` of halfway between two integers. */
function nearTie(x: number, scale: Float32Array, ulps: number): boolean {
  return scale.some((s) => {
    const v = x / s;
    return Math.abs(v - Math.floor(v) - 0.5) <= Math.abs(v) * 2 ** -23 * ulps;
  });
}
