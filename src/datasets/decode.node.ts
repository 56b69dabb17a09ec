import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import decodeJpeg, { init } from '@jsquash/jpeg/decode.js';
import { PareError } from '../base/errors.ts';
import { decodePng } from './png.ts';
import type { DecodedImage } from './types.ts';

/** What libjpeg had to say of the picture in work. It repairs what it can and only mutters. */
let complaints: string[] = [];

let ready: Promise<void> | undefined;

/** Loads libjpeg (as WebAssembly) once. The package looks for a browser, so Node lends it the two things it asks for. */
function loadJpeg(): Promise<void> {
  ready ??= (async () => {
    const path = createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm');
    const wasmBinary = new Uint8Array(await readFile(path)).buffer;
    if (!('ImageData' in globalThis)) {
      const ImageData = class {
        constructor(
          readonly data: Uint8ClampedArray,
          readonly width: number,
          readonly height: number,
        ) {}
      };
      Object.assign(globalThis, { ImageData });
    }
    await init({ wasmBinary, printErr: (line: string) => complaints.push(line) });
  })();
  return ready;
}

/**
 * Decodes PNG and JPEG where there is no browser, to the same bits as Chromium and Pillow, whose libjpeg this is too. Pixels stay as stored: the
 * Exif orientation is not applied.
 * @throws PareError `data/unreadable` for other formats and for a JPEG that is damaged or cut short
 */
export async function decodeImage(bytes: Uint8Array<ArrayBuffer>, mime: string): Promise<DecodedImage> {
  if (mime === 'image/png') return decodePng(bytes);
  if (mime !== 'image/jpeg') {
    throw new PareError('data/unreadable', `${mime} images are decoded in the browser only.`, {
      hint: 'Save them as PNG or JPEG.',
    });
  }
  const mine = last.then(() => decodeOne(bytes));
  last = mine.catch(() => undefined);
  return mine;
}

/** Pictures are decoded one after another, so that the complaints are each about one. */
let last: Promise<unknown> = Promise.resolve();

async function decodeOne(bytes: Uint8Array<ArrayBuffer>): Promise<DecodedImage> {
  await loadJpeg();
  complaints = [];
  let image: DecodedImage | undefined;
  try {
    const { width, height, data } = await decodeJpeg(bytes.slice().buffer, { preserveOrientation: false });
    image = { width, height, data: new Uint8ClampedArray(data) };
  } catch {
    // A C++ exception, which carries no words; libjpeg has said them already.
  }
  // Without its end libjpeg paints the rest gray, and a model would be judged on that.
  const cut = complaints.find((line) => /premature end/i.test(line));
  if (!image || cut) throw new PareError('data/unreadable', complaints[0] ?? 'not a JPEG that can be decoded');
  return image;
}
