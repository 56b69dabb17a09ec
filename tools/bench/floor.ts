import { rmSync } from 'node:fs';
import { inTurn } from '../../src/base/ahead.ts';
import { MiB } from '../../src/base/limits.ts';
import { Memory } from '../../src/base/memory.ts';
import { fileSink, fileSource } from '../../src/cli/files.ts';
import type { Tab } from './chromium.ts';

const PIECE = 4 * MiB;

/**
 * Seconds to read a file and to write `bytes` to another, one after the other, through the command line's own files and with as much
 * read ahead as when it writes a model: what is left when all that is done to the weights takes no time.
 */
export async function floorInNode(path: string, bytes: number, out: string): Promise<number> {
  rmSync(out, { force: true });
  const source = await fileSource(path);
  const lane = { ahead: 4 * PIECE };
  const reads = Array.from({ length: Math.ceil(source.size / PIECE) }, (_, i) => {
    const size = Math.min(PIECE, source.size - i * PIECE);
    return {
      size,
      lane,
      start: (loan: Parameters<typeof source.read>[2]) => source.read(i * PIECE, size, loan),
    };
  });
  const start = performance.now();
  let last = new Uint8Array(PIECE);
  for await (const { value } of inTurn(reads, new Memory(4 * PIECE))) if (value.length === PIECE) last = value;
  const sink = await fileSink(out);
  for (let left = bytes; left > 0; left -= PIECE) await sink.write(last.subarray(0, left));
  await sink.close();
  return (performance.now() - start) / 1000;
}

/** Runs a worker's code in the page on a dropped file, given to it as `{ file, ...options }`; gives what it posts. */
export async function onFile<T>({ page }: Tab, path: string, code: string, options: object = {}): Promise<T> {
  await page.evaluate(() => {
    const input = document.createElement('input');
    input.type = 'file';
    input.id = 'floor';
    document.body.append(input);
  });
  await page.locator('#floor').setInputFiles(path);
  const answer = await page.evaluate(
    ([text, more]) => {
      const input = document.getElementById('floor') as HTMLInputElement;
      const file = input.files![0];
      input.remove();
      const worker = new Worker(URL.createObjectURL(new Blob([text as string], { type: 'text/javascript' })));
      return new Promise<unknown>((resolve, reject) => {
        worker.onmessage = ({ data }) => {
          worker.terminate();
          resolve(data);
        };
        worker.onerror = (e) => reject(new Error(e.message));
        worker.postMessage({ file, ...(more as object) });
      });
    },
    [code, options] as const,
  );
  return answer as T;
}

/** As the page reads a model that it has kept, and writes: through synchronous handles of private files. */
const FLOOR = `onmessage = async ({ data: { file, sizes } }) => {
  const piece = 4 << 20;
  const root = await navigator.storage.getDirectory();
  const kept = await root.getFileHandle('kept', { create: true });
  const copy = await kept.createSyncAccessHandle();
  for (let at = 0; at < file.size; at += piece) {
    copy.write(new Uint8Array(await file.slice(at, at + piece).arrayBuffer()), { at });
  }
  copy.flush();
  copy.close();
  const bytes = new Uint8Array(piece).fill(1);
  let start = performance.now();
  const source = await kept.createSyncAccessHandle({ mode: 'read-only' });
  for (let at = 0; at < file.size; at += piece) source.read(bytes.subarray(0, file.size - at), { at });
  source.close();
  const read = performance.now() - start;
  await root.removeEntry('kept');
  const writes = [];
  for (const size of sizes) {
    const handle = await root.getFileHandle('floor', { create: true });
    const out = await handle.createSyncAccessHandle();
    start = performance.now();
    for (let at = 0; at < size; at += piece) out.write(bytes.subarray(0, size - at), { at });
    out.flush();
    out.close();
    writes.push(performance.now() - start);
    await root.removeEntry('floor');
  }
  postMessage({ read, writes });
}`;

/** Seconds to read the private file system's copy of a file and to write so many bytes there, one after the other, for each of the sizes. */
export async function floorsInTab(tab: Tab, path: string, sizes: readonly number[]): Promise<number[]> {
  const { read, writes } = await onFile<{ read: number; writes: number[] }>(tab, path, FLOOR, { sizes });
  return writes.map((w) => (read + w) / 1000);
}
