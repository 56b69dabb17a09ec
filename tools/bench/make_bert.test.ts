import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BertShape, makeBert } from './make_bert.ts';

const SMALL: Partial<BertShape> = { layers: 2, hidden: 32, heads: 4, intermediate: 64, vocab: 100, positions: 16 };

describe('makeBert', () => {
  let folder: string;
  let path: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pare-bert-'));
    path = join(folder, 'small.onnx');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const int64 = (values: number[], batch: number) =>
    new Tensor('int64', BigInt64Array.from(values.map(BigInt)), [batch, values.length / batch]);

  async function run(session: InferenceSession, ids: number[], mask: number[], batch = 1) {
    const { last_hidden_state } = await session.run({
      input_ids: int64(ids, batch),
      attention_mask: int64(mask, batch),
      token_type_ids: int64(
        ids.map(() => 0),
        batch,
      ),
    });
    return last_hidden_state;
  }

  it('writes the number of weights that the shape implies, and nothing but the file', async () => {
    const { bytes, weights } = await makeBert(SMALL, path);
    const [h, m] = [32, 64];
    const perLayer = 4 * (h * h + h) + 2 * h * m + m + h + 4 * h;
    expect(weights).toBe((100 + 16 + 2) * h + 2 * h + 2 * perLayer);
    expect((await readFile(path)).byteLength).toBe(bytes);
    expect(await readdir(folder)).toEqual(['small.onnx']);
  });

  it('gives the same bytes for the same seed, and others for another', async () => {
    await makeBert(SMALL, path);
    const first = await readFile(path);
    await makeBert(SMALL, path);
    expect((await readFile(path)).equals(first)).toBe(true);
    await makeBert({ ...SMALL, seed: 1 }, path);
    expect((await readFile(path)).equals(first)).toBe(false);
  });

  it('runs on any batch and length, depends on the order of words, and does not see masked ones', async () => {
    await makeBert(SMALL, path);
    const session = await InferenceSession.create(path);
    const out = await run(session, [1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 1], 2);
    expect(out.dims).toEqual([2, 3, 32]);
    expect((out.data as Float32Array).every(Number.isFinite)).toBe(true);
    const words = async (ids: number[], mask: number[]) =>
      [...((await run(session, ids, mask)).data as Float32Array)].slice(0, 64);
    const plain = await words([7, 8, 9], [1, 1, 0]);
    expect(await words([7, 8, 50], [1, 1, 0])).toEqual(plain);
    expect(await words([7, 8, 50], [1, 1, 1])).not.toEqual(plain);
    expect((await words([8, 7, 9], [1, 1, 0])).slice(0, 32)).not.toEqual(plain.slice(32));
    await session.release();
  });

  it('leaves nothing behind when the model would pass 2 GB', async () => {
    await rm(path, { force: true });
    await expect(makeBert({ ...SMALL, vocab: 20_000_000 }, path)).rejects.toMatchObject({ code: 'model/limit' });
    expect(await readdir(folder)).toEqual([]);
  });
});
