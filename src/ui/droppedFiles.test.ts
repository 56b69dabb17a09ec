import { describe, expect, it } from 'vitest';
import { dropLimits, filesOf, pickedFiles } from './droppedFiles.ts';

type Tree = { [name: string]: Tree | string };

/** The browser's entry tree over plain objects, handing out batches of 100 as Chromium does. */
function entry(name: string, node: Tree | string): FileSystemEntry {
  if (typeof node === 'string')
    return {
      isFile: true,
      name,
      file: (ok: (f: File) => void) => ok(new File([node], name)),
    } as unknown as FileSystemEntry;
  const children = Object.entries(node).map(([n, child]) => entry(n, child));
  return {
    isFile: false,
    name,
    createReader: () => {
      let at = 0;
      return {
        readEntries: (ok: (e: FileSystemEntry[]) => void) => {
          ok(children.slice(at, at + 100));
          at += 100;
        },
      };
    },
  } as unknown as FileSystemEntry;
}

const drop = (tree: Tree) =>
  ({
    items: Object.entries(tree).map(([name, node]) => ({ kind: 'file', webkitGetAsEntry: () => entry(name, node) })),
  }) as unknown as DataTransfer;

describe('filesOf', () => {
  it('walks folders and keeps their paths', async () => {
    const found = await filesOf(drop({ 'a.onnx': 'x', data: { cat: { '1.png': 'p' }, dog: { '2.png': 'q' } } }));
    expect(found.map((f) => f.path)).toEqual(['a.onnx', 'data/cat/1.png', 'data/dog/2.png']);
    expect(await found[1].file.text()).toBe('p');
  });

  it('reads every batch of a large folder', async () => {
    const many = Object.fromEntries(Array.from({ length: 350 }, (_, i) => [`${i}.png`, '']));
    expect(await filesOf(drop({ many }))).toHaveLength(350);
  });

  it('takes pasted files that have no entry, and skips text', async () => {
    const file = new File(['x'], 'm.onnx');
    const transfer = {
      items: [
        { kind: 'string', webkitGetAsEntry: () => null },
        { kind: 'file', webkitGetAsEntry: () => null, getAsFile: () => file },
      ],
    } as unknown as DataTransfer;
    expect(await filesOf(transfer)).toEqual([{ path: 'm.onnx', file }]);
  });

  it('stops at a bounded depth', async () => {
    let tree: Tree = { 'deep.bin': 'x' };
    for (let i = 0; i < dropLimits.depth + 5; i++) tree = { d: tree };
    expect(await filesOf(drop(tree))).toEqual([]);
  });
});

describe('pickedFiles', () => {
  it('uses the name without a folder', () => {
    const file = new File([''], 'm.onnx');
    expect(pickedFiles([file])).toEqual([{ path: 'm.onnx', file }]);
  });
});
