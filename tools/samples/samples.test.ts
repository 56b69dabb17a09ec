import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';

const folder = new URL('../../public/samples/', import.meta.url);
const LIMIT = 8_000_000; // bytes, all samples together

interface Part {
  images: string;
  labels: string;
  count: number;
  bytes: number;
}
interface Text {
  en: string;
  zh: string;
}
interface Sample {
  id: string;
  model: string;
  title: Text;
  recognises: Text;
  note: Text;
  provenance: Text;
  bytes: number;
  weights: number;
  accuracy: number;
  correct: number;
  heldOut: boolean;
  data: { test: Part; train: Part };
  preprocess: { scale: number; mean: number; std: number };
  classes: Text[];
  license: string;
}

const samples: Sample[] = JSON.parse(readFileSync(new URL('index.json', folder), 'utf8'));
const size = (name: string) => statSync(new URL(name, folder)).size;

/** Reads a gzipped IDX file of unsigned bytes, on its own and unlike the product's reader, as the second opinion. */
function readIdx(name: string): { dims: number[]; values: Uint8Array } {
  const bytes = gunzipSync(readFileSync(new URL(name, folder)));
  expect([...bytes.subarray(0, 3)]).toEqual([0, 0, 8]);
  const dims = Array.from({ length: bytes[3] }, (_, i) => bytes.readUInt32BE(4 + 4 * i));
  const values = bytes.subarray(4 + 4 * dims.length);
  expect(values.length).toBe(dims.reduce((a, b) => a * b, 1));
  return { dims, values };
}

async function countCorrect(sample: Sample): Promise<number> {
  const { values: pixels, dims } = readIdx(sample.data.test.images);
  const { values: labels } = readIdx(sample.data.test.labels);
  const session = await InferenceSession.create(fileURLToPath(new URL(sample.model, folder)));
  const [batch, each] = [200, dims[1] * dims[2]];
  let correct = 0;
  for (let at = 0; at < dims[0]; at += batch) {
    const n = Math.min(batch, dims[0] - at);
    const image = Float32Array.from(pixels.subarray(at * each, (at + n) * each), (p) => p * sample.preprocess.scale);
    const { logits } = await session.run({ image: new Tensor('float32', image, [n, 1, dims[1], dims[2]]) });
    const scores = logits.data as Float32Array;
    for (let i = 0; i < n; i++) {
      const row = scores.subarray(i * 10, i * 10 + 10);
      if (row.indexOf(Math.max(...row)) === labels[at + i]) correct++;
    }
  }
  await session.release();
  return correct;
}

describe('public/samples', () => {
  it('stays under 8 MB with everything in it', () => {
    expect(readdirSync(folder).reduce((sum, name) => sum + size(name), 0)).toBeLessThan(LIMIT);
  });

  it('holds no model or data file that the index does not name', () => {
    const named = samples.flatMap((s) => [s.model, ...Object.values(s.data).flatMap((p) => [p.images, p.labels])]);
    const present = readdirSync(folder).filter((name) => name !== 'index.json' && name !== 'README.md');
    expect(present.sort()).toEqual([...new Set(named)].sort());
  });

  it('shows no test image in training, pixel for pixel', () => {
    for (const { test, train } of samples.map((s) => s.data)) {
      const images = ({ images }: Part) => {
        const { values, dims } = readIdx(images);
        const each = dims[1] * dims[2];
        return Array.from({ length: dims[0] }, (_, i) =>
          Buffer.from(values.subarray(i * each, (i + 1) * each)).toString('latin1'),
        );
      };
      const known = new Set(images(train));
      expect(images(test).filter((image) => known.has(image))).toEqual([]);
    }
  });

  it.each(samples)('$id: files, sizes and words are there', (sample) => {
    expect(size(sample.model)).toBe(sample.bytes);
    for (const part of Object.values(sample.data)) {
      expect(size(part.images) + size(part.labels)).toBe(part.bytes);
      expect(readIdx(part.images).dims).toEqual([part.count, 28, 28]);
      const labels = readIdx(part.labels);
      expect(labels.dims).toEqual([part.count]);
      expect([...new Set(labels.values)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
    const texts = [sample.title, sample.recognises, sample.note, sample.provenance, ...sample.classes];
    for (const text of texts) expect([text.en, text.zh].every((t) => t.length > 0)).toBe(true);
    expect(sample.classes).toHaveLength(10);
    expect(sample.accuracy).toBe(sample.correct / sample.data.test.count);
  });

  it.each(samples)('$id: the accuracy is reproduced to the sample', async (sample) => {
    expect(await countCorrect(sample)).toBe(sample.correct);
  });

  it('has the LeNet-5 that was asked for: 431,080 weights, 98.5 % or more on digits it never saw', () => {
    const lenet = samples.find((s) => s.id === 'mnist-lenet5');
    expect(lenet).toMatchObject({ weights: 431_080, heldOut: true });
    expect(lenet?.accuracy).toBeGreaterThanOrEqual(0.985);
  });
});
