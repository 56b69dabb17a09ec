import { BINS, BINS_BYTES, CHANNELS } from './layout.ts';
import type { Simd } from './module.ts';

const SIZE = 65536;
/** The upper half of infinity: all bits of the exponent. */
const INFINITE = 0x7f80;

/** What a histogram over the upper halves of float32 holds. */
export interface Counted {
  readonly keys: Uint16Array<ArrayBuffer>;
  readonly counts: Uint32Array<ArrayBuffer>;
  readonly nan: number;
  readonly inf: number;
}

/** What a histogram that was not kept says. */
export const NOTHING: Counted = { keys: new Uint16Array(0), counts: new Uint32Array(0), nan: 0, inf: 0 };

/**
 * The growing arrays of a sketch: its histogram and its ranges by channel. They are in the kernels' memory while kernels add to
 * them and move out when another sketch comes in between.
 */
export class Bins {
  /** Whose arrays are in the kernels' memory: only one is. */
  private static readonly owners = new WeakMap<Simd, Bins>();
  private own?: Uint32Array<ArrayBuffer>;
  /** Bytes from one array of channels to the next. */
  readonly stride: number;

  constructor(
    private readonly kernels: Simd | null,
    private readonly channels: readonly Float32Array<ArrayBuffer>[],
  ) {
    this.stride = 16 * Math.ceil((channels[0]?.length ?? 0) / 4);
  }

  /** Where its arrays in the kernels' memory end. */
  get end(): number {
    return CHANNELS + this.channels.length * this.stride;
  }

  private get inside(): boolean {
    return this.kernels !== null && Bins.owners.get(this.kernels) === this;
  }

  /** Makes the kernels' memory anybody's. */
  static moveOut(kernels: Simd): void {
    Bins.owners.get(kernels)?.toLoops();
  }

  /** From here on the kernels add to them. */
  toKernels(): void {
    const kernels = this.kernels!;
    if (this.inside) return;
    Bins.moveOut(kernels);
    Bins.owners.set(kernels, this);
    kernels.reserve(CHANNELS, this.channels.length * this.stride);
    this.channels.forEach((c, i) => {
      kernels.f32.set(c, (CHANNELS + i * this.stride) / 4);
    });
  }

  /** From here on loops add to them. */
  toLoops(): void {
    if (!this.inside) return;
    const kernels = this.kernels!;
    this.takeChannels(kernels);
    const [even, odd] = histogramsOf(kernels);
    this.own ??= new Uint32Array(SIZE);
    for (let i = 0; i < SIZE; i++) this.own[i] += even[i] + odd[i];
    even.fill(0);
    odd.fill(0);
    Bins.owners.delete(kernels);
  }

  private takeChannels(kernels: Simd): void {
    this.channels.forEach((c, i) => {
      const from = (CHANNELS + i * this.stride) / 4;
      c.set(kernels.f32.subarray(from, from + c.length));
    });
  }

  /** Counts numbers by their upper halves. */
  count(bits: Uint32Array): void {
    // A few more where the kernels count already are counted there.
    this.own ??= this.inside ? undefined : new Uint32Array(SIZE);
    const bins = this.inside ? histogramsOf(this.kernels!)[0] : this.own!;
    for (let i = 0; i < bits.length; i++) bins[bits[i] >>> 16]++;
  }

  /** What was counted, in the order of the values. @param keyOf the key of an upper half */
  finish(keyOf: (upper: number) => number): Counted {
    const found = this.inside ? this.fromKernels(this.kernels!) : pairsOf(this.own ?? new Uint32Array(0));
    this.own = undefined;
    const size = found.length / 2;
    let positive = 0;
    while (positive < size && found[2 * positive] < SIZE / 2) positive++;
    const keys = new Uint16Array(size);
    const counts = new Uint32Array(size);
    let kept = 0;
    let nan = 0;
    let inf = 0;
    // Negative numbers from the largest magnitude down, then positive ones upwards.
    for (let i = 0; i < size; i++) {
      const from = 2 * (i < size - positive ? size - 1 - i : i - (size - positive));
      const upper = found[from];
      const n = found[from + 1];
      if ((upper & INFINITE) === INFINITE) {
        // The bin of infinity also holds the NaNs whose upper fraction bits are zero; no writer makes those.
        if ((upper & 0x7f) === 0) inf += n;
        else nan += n;
        continue;
      }
      keys[kept] = keyOf(upper);
      counts[kept++] = n;
    }
    const all = kept === size;
    return { keys: all ? keys : keys.slice(0, kept), counts: all ? counts : counts.slice(0, kept), nan, inf };
  }

  private fromKernels(kernels: Simd): Uint32Array {
    const { own } = this;
    if (own) {
      const [even] = histogramsOf(kernels);
      for (let i = 0; i < SIZE; i++) even[i] += own[i];
    }
    this.takeChannels(kernels);
    kernels.reserve(CHANNELS, 8 * SIZE);
    const size = kernels.run.gather(CHANNELS);
    Bins.owners.delete(kernels);
    return new Uint32Array(kernels.u8.buffer, CHANNELS, 2 * size);
  }
}

/** The bins that hold something, each as its upper half and its count. */
function pairsOf(bins: Uint32Array): Uint32Array {
  const out: number[] = [];
  for (let upper = 0; upper < bins.length; upper++) if (bins[upper]) out.push(upper, bins[upper]);
  return Uint32Array.from(out);
}

function histogramsOf(kernels: Simd): [Uint32Array<ArrayBuffer>, Uint32Array<ArrayBuffer>] {
  return [new Uint32Array(kernels.u8.buffer, BINS, SIZE), new Uint32Array(kernels.u8.buffer, BINS + BINS_BYTES, SIZE)];
}
