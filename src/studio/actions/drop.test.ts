import { describe, expect, it } from 'vitest';
import { sortDrop } from './drop.ts';

const drop = (...paths: string[]) => paths.map((path) => ({ path, file: new File([], path.split('/').pop()!) }));
const names = (files: { path: string }[]) => files.map((f) => f.path);

describe('sortDrop', () => {
  it('takes whatever lies beside a model as its external data, and known data as data', () => {
    const sorted = sortDrop(drop('m/model.onnx', 'm/weights', 'm/model.onnx.data', 'm/test.npz'), true);
    expect(names(sorted.model)).toEqual(['m/model.onnx', 'm/weights', 'm/model.onnx.data']);
    expect(names(sorted.data)).toEqual(['m/test.npz']);
  });

  it('takes a lone JSON as a recipe', () => {
    expect(sortDrop(drop('recipe.json'), true).recipe?.path).toBe('recipe.json');
  });

  it('opens anything else as data once a model is open, and as a model before', () => {
    const idx = drop('t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz');
    expect(names(sortDrop(idx, true).data)).toHaveLength(2);
    expect(names(sortDrop(drop('thing.bin'), false).model)).toEqual(['thing.bin']);
  });

  it('leaves out what systems leave in folders', () => {
    const sorted = sortDrop(drop('a/.DS_Store', 'a/cat/1.png', '__MACOSX/a/cat/._1.png'), true);
    expect(names(sorted.data)).toEqual(['a/cat/1.png']);
  });
});
