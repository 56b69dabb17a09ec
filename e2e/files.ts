import type { Page } from '@playwright/test';
import { encodeModel, graph, modelProto, node, valueInfo } from '../src/onnx/build.ts';
import type { NodeProto, TensorProto } from '../src/onnx/proto.ts';
import { expect } from './pare.ts';

/** A file as a story makes it: in memory, never on disk. */
export interface Made {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

export const made = (name: string, bytes: Uint8Array | string): Made => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(bytes as Uint8Array),
});

/** Opens files through the browser's own file picker, as Ctrl+O asks for it. */
export async function pick(page: Page, ...files: Made[]): Promise<void> {
  // Asked for well before the key: the browser is told to hand its picker over by a message that a key press can overtake.
  const chooser = page.waitForEvent('filechooser');
  // The key works once the page is alive, which its samples show.
  await expect(
    page.getByRole('button', { name: /LeNet-5/ }).or(page.getByRole('heading', { name: 'Recipe' })),
  ).toBeVisible();
  await page.keyboard.press('Control+o');
  await (await chooser).setFiles(files);
}

/** Drops files somewhere on the page. */
export async function drop(page: Page, ...files: Made[]): Promise<void> {
  const plain = files.map((f) => ({ name: f.name, base64: f.buffer.toString('base64') }));
  const transfer = await page.evaluateHandle((list) => {
    const data = new DataTransfer();
    for (const { name, base64 } of list) {
      data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    }
    return data;
  }, plain);
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer });
  await expect(page.getByText('Drop a model, labelled data or a recipe')).toBeVisible();
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

/** A model of one input x [N, 4] and one output y, its weights as given. */
export function smallModel(nodes: NodeProto[], tensors: TensorProto[]): Uint8Array<ArrayBuffer> {
  const input = valueInfo('x', 1, ['N', 4]);
  return encodeModel(modelProto(graph('g', nodes, [input], [valueInfo('y', 1, ['N', 4])], tensors), 17));
}

export const matMul = (weight: string): NodeProto => node('MatMul', ['x', weight], ['y'], {}, { name: 'the-product' });
