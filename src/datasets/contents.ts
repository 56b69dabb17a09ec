import type { Dataset, RawBatch } from './types.ts';

/** How many samples speak for all of them: the first, the last, and some between. */
const LOOKED_AT = 5;

/**
 * What is in a dataset, as a short word: the same for the same samples and answers, another for others. Names do not count. A
 * few samples are read, so that 10 GB cost no more than a kilobyte; data that differs only elsewhere goes unnoticed when the
 * answers are the same too.
 * @throws PareError `data/unreadable`
 */
export async function contentsOf(dataset: Dataset): Promise<string> {
  const n = Math.min(dataset.count, LOOKED_AT);
  const indices = Int32Array.from({ length: n }, (_, i) => Math.round((i * (dataset.count - 1)) / Math.max(1, n - 1)));
  const hash = new Hash();
  for (const samples of [dataset, ...Object.values(dataset.inputs ?? {})]) {
    const raw = await samples.read(indices);
    for (const part of parts(raw)) hash.add(part);
  }
  for (const answers of [dataset.labels, dataset.targets]) if (answers) hash.add(answers);
  return `${dataset.count}-${hash.word()}`;
}

function parts(raw: RawBatch): readonly ArrayBufferView[] {
  return raw.kind === 'array' ? [raw.data] : raw.images.map((image) => image.data);
}

/** FNV-1a (Fowler, Noll, Vo) twice, from two offsets, since 32 bits alone meet by chance. */
class Hash {
  private a = 0x811c9dc5;
  private b = 0x01000193;

  add({ buffer, byteOffset, byteLength }: ArrayBufferView): void {
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    for (let i = 0; i < bytes.length; i++) {
      this.a = Math.imul(this.a ^ bytes[i], 0x01000193);
      this.b = Math.imul(this.b ^ bytes[i], 0x01000193) + 0x9e3779b9;
    }
  }

  word(): string {
    return [this.a, this.b].map((h) => (h >>> 0).toString(16).padStart(8, '0')).join('');
  }
}
