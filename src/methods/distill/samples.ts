import { MiB } from '../../base/limits.ts';
import type { RuntimeDType, TensorData, Value } from '../../runtime/types.ts';
import type { Inputs, LabelledSamples } from '../types.ts';

/** What is remembered of samples, input and teacher's answers each, may take this much. */
const REMEMBERED = 256 * MiB;

/** Rows of batched values, kept by sample as long as all samples of the data fit; a batch is put together of them. */
export class RowCache {
  private readonly rows = new Map<number, Record<string, TensorData[RuntimeDType]>>();
  private shapes: Record<string, { dtype: RuntimeDType; dims: readonly number[] }> | undefined;
  private fits = true;

  /** @param count samples that may be asked for */
  constructor(
    private readonly count: number,
    private readonly limit = REMEMBERED,
  ) {}

  /** The values for the samples, if all of them are known. */
  get(indices: ArrayLike<number>): Record<string, Value> | undefined {
    const { shapes } = this;
    if (!shapes || !Array.from(indices).every((i) => this.rows.has(i))) return undefined;
    const out: Record<string, Value> = {};
    for (const [name, { dtype, dims }] of Object.entries(shapes)) {
      const first = this.rows.get(indices[0])![name];
      const data = new (first.constructor as new (n: number) => Float32Array)(first.length * indices.length);
      for (let i = 0; i < indices.length; i++)
        data.set(this.rows.get(indices[i])![name] as Float32Array, i * first.length);
      out[name] = { dtype, dims: [indices.length, ...dims.slice(1)], data };
    }
    return out;
  }

  /** Remembers a batch whose values all have a row for each sample. */
  put(indices: ArrayLike<number>, values: Readonly<Record<string, Value>>): void {
    if (!this.fits) return;
    const all = Object.values(values);
    const bytes = all.reduce((n, v) => n + v.data.byteLength, 0) / indices.length;
    this.fits = bytes * this.count <= this.limit && all.every((v) => v.dims[0] === indices.length);
    if (!this.fits) return;
    this.shapes ??= Object.fromEntries(Object.entries(values).map(([n, v]) => [n, { dtype: v.dtype, dims: v.dims }]));
    for (let i = 0; i < indices.length; i++) {
      const row: Record<string, TensorData[RuntimeDType]> = {};
      for (const [name, { data }] of Object.entries(values)) {
        const size = data.length / indices.length;
        row[name] = data.slice(i * size, (i + 1) * size) as TensorData[RuntimeDType];
      }
      this.rows.set(indices[i], row);
    }
  }
}

/** Samples as model inputs, decoded once where they fit in memory. */
export class SampleStore {
  private readonly cache: RowCache;

  constructor(
    private readonly samples: LabelledSamples,
    count: number,
  ) {
    this.cache = new RowCache(count);
  }

  async read(indices: ArrayLike<number>): Promise<Inputs> {
    const known = this.cache.get(indices);
    if (known) return known;
    const found = await this.samples.read(indices);
    this.cache.put(indices, found);
    return found;
  }
}
