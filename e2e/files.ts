import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { Random } from '../src/base/random.ts';
import { graph, modelProto, node, valueInfo } from '../src/onnx/build.ts';
import type { GraphProto, NodeProto, TensorProto } from '../src/onnx/proto.ts';
import { makeTensor } from '../src/onnx/tensor.ts';
import { modelBytes } from '../src/onnx/write.ts';
import { expect, sample } from './pare.ts';

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
export function smallModel(nodes: NodeProto[], tensors: TensorProto[]): Promise<Uint8Array<ArrayBuffer>> {
  return encoded(graph('g', nodes, [valueInfo('x', 1, ['N', 4])], [valueInfo('y', 1, ['N', 4])], tensors));
}

const encoded = (g: GraphProto) => modelBytes({ name: 'made.onnx', proto: modelProto(g, 17), bytes: 0, external: [] });

export const matMul = (weight: string): NodeProto => node('MatMul', ['x', weight], ['y'], {}, { name: 'the-product' });

/** Drops what is on disk, folders included, as a hand does: the browser makes the entries itself. */
export async function dropFromDisk(page: Page, ...paths: string[]): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await cdp.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data });
  }
  await cdp.detach();
}

/** Pastes files, as a file manager puts them on the clipboard. */
export async function paste(page: Page, ...files: Made[]): Promise<void> {
  const plain = files.map((f) => ({ name: f.name, base64: f.buffer.toString('base64') }));
  await page.evaluate((list) => {
    const clipboardData = new DataTransfer();
    for (const { name, base64 } of list) {
      clipboardData.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    }
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, plain);
}

/** A model whose weights take a while to compress: `layers` matrices of 1024 × 1024 in a row. */
export function wideModel(layers: number): Promise<Uint8Array<ArrayBuffer>> {
  const random = new Random(7);
  const tensors = Array.from({ length: layers }, (_, i) =>
    makeTensor(
      `w${i}`,
      1,
      [1024, 1024],
      Float32Array.from({ length: 1 << 20 }, () => random.normal()),
    ),
  );
  const nodes = tensors.map((_, i) => node('MatMul', [i ? `h${i}` : 'x', `w${i}`], [`h${i + 1}`]));
  const values = [valueInfo('x', 1, ['N', 1024]), valueInfo(`h${layers}`, 1, ['N', 1024])];
  return encoded(graph('g', nodes, [values[0]], [values[1]], tensors));
}

/** LeNet-5 with its weights in a file beside it. */
export function lenetInTwoFiles() {
  const dir = mkdtempSync(join(tmpdir(), 'pare-story-'));
  const args = ['--import', 'tsx', 'src/cli/main.ts', 'compress', sample('mnist-lenet5.onnx'), '--external'];
  execFileSync(process.execPath, [...args, '--recipe', '{"pare":1,"steps":[]}', '-o', join(dir, 'x.onnx')]);
  return {
    model: readFileSync(join(dir, 'x.onnx')),
    data: readFileSync(join(dir, 'x.onnx.data')),
  };
}

/** Waits until the page has copied the model into its session, which it does after reading it. (`waitForFunction` takes a promise for a yes.) */
export async function kept(page: Page): Promise<void> {
  const isKept = async () => {
    const root = await navigator.storage.getDirectory();
    const sessions = await root.getDirectoryHandle('sessions').catch(() => undefined);
    for await (const session of sessions?.values() ?? []) {
      for await (const f of (session as FileSystemDirectoryHandle).values()) if (f.name === 'model.json') return true;
    }
    return false;
  };
  while (!(await page.evaluate(isKept))) await page.waitForTimeout(200);
}
