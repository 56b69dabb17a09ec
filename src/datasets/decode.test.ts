import fc from 'fast-check';
import { zlibSync } from 'fflate';
import { expect, test } from 'vitest';
import { decodeImage } from './decode.node.ts';
import { withoutExif } from './exif.ts';
import { imageKind } from './imageKind.ts';
import { crc32 } from './inflate.ts';
import { decodePng } from './png.ts';
import { expectError, fixture, fixtureJson } from './testing.ts';
import { listZip, openEntry } from './zip.ts';

const zip = fixture('pictures.zip');
const pictures = new Map<string, Uint8Array<ArrayBuffer>>();
for (const entry of await listZip(zip)) {
  const file = await openEntry(zip, entry);
  pictures.set(entry.path, await file.read(0, file.size));
}
const pillow = fixtureJson<Record<string, { width: number; height: number; rgba: number[] }>>('pictures.json');
const names = [...pictures.keys()];

test.each(names.filter((n) => n.endsWith('.png')))("%s decodes to Pillow's pixels, to the bit", async (name) => {
  const { width, height, rgba } = pillow[name];
  const image = await decodePng(pictures.get(name)!, name);
  expect([image.width, image.height]).toEqual([width, height]);
  expect(Array.from(image.data)).toEqual(rgba);
  expect(imageKind(pictures.get(name)!, name)).toEqual({ mime: 'image/png', width, height });
});

test.each(names.filter((n) => n.endsWith('.jpg')))("%s decodes to Pillow's pixels, to the bit", async (name) => {
  const { width, height, rgba } = pillow[name];
  const image = await decodeImage(pictures.get(name)!, 'image/jpeg');
  expect([image.width, image.height]).toEqual([width, height]);
  expect(imageKind(pictures.get(name)!, name)).toMatchObject({ width, height });
  expect(Array.from(image.data)).toEqual(rgba);
});

test('a JPEG that is damaged or cut short is refused, and the next one decodes', async () => {
  const bytes = pictures.get('half.jpg')!;
  for (const n of [3, 100, bytes.length >> 1, bytes.length - 20]) {
    await expectError(decodeImage(bytes.slice(0, n), 'image/jpeg'), 'data/unreadable');
  }
  await expectError(decodeImage(new Uint8Array(100), 'image/jpeg'), 'data/unreadable', /Not a JPEG/);
  // Also when both are asked for at once.
  const [bad, good] = await Promise.allSettled([bytes.slice(0, -20), bytes].map((b) => decodeImage(b, 'image/jpeg')));
  expect(bad.status).toBe('rejected');
  expect(good.status === 'fulfilled' && Array.from(good.value.data)).toEqual(pillow['half.jpg'].rgba);
});

test('the Exif segment goes and nothing else', async () => {
  const turned = pictures.get('turned.jpg')!;
  const plain = withoutExif(turned);
  expect(plain.length).toBeLessThan(turned.length);
  expect(Buffer.from(plain).includes('Exif')).toBe(false);
  expect(await decodeImage(plain, 'image/jpeg')).toEqual(await decodeImage(turned, 'image/jpeg'));
  expect(withoutExif(plain)).toBe(plain);
});

test('damage anywhere in a PNG is a data error, also where the checksums were made to match', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('palette.png', 'interlaced.png', 'keyed.png'),
      fc.nat(),
      fc.nat(255),
      async (name, at, value) => {
        const bytes = pictures.get(name)!.slice();
        bytes[at % bytes.length] = value;
        const damaged = bytes.some((b, i) => b !== pictures.get(name)![i]);
        if (damaged) await expectError(decodePng(bytes), 'data/unreadable');
        repairChecksums(bytes);
        await decodePng(bytes).catch((e: { code?: string }) => expect(e.code).toMatch(/^data\//));
      },
    ),
    { numRuns: 400 },
  );
  const rgb = pictures.get('rgb.png')!;
  for (let n = 0; n < rgb.length; n++) await expectError(decodePng(rgb.slice(0, n)), 'data/unreadable');
});

/** Makes the CRC of every chunk that can still be walked fit its bytes, so that damage reaches the decoder behind it. */
function repairChecksums(bytes: Uint8Array<ArrayBuffer>): void {
  const view = new DataView(bytes.buffer);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > bytes.length) return;
    view.setUint32(end, crc32(bytes.subarray(at + 4, end)));
    at = end + 4;
  }
}

/** A PNG of this size whose pixels are `raw` bytes. */
function png(width: number, height: number, raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const chunk = (type: string, body: Uint8Array) => {
    const out = new Uint8Array(12 + body.length);
    out.set(new TextEncoder().encode(type), 4);
    out.set(body, 8);
    const view = new DataView(out.buffer);
    view.setUint32(0, body.length);
    view.setUint32(8 + body.length, crc32(out.subarray(4, 8 + body.length)));
    return [...out];
  };
  const head = new DataView(new ArrayBuffer(13));
  head.setUint32(0, width);
  head.setUint32(4, height);
  head.setUint8(8, 8);
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  return new Uint8Array([
    ...signature,
    ...chunk('IHDR', new Uint8Array(head.buffer)),
    ...chunk('IDAT', zlibSync(raw)),
    ...chunk('IEND', new Uint8Array(0)),
  ]);
}

test('a picture that inflates to more than its size, or claims too many pixels, is stopped', async () => {
  expect((await decodePng(png(2, 2, new Uint8Array(6)))).data.length).toBe(16);
  await expectError(decodePng(png(2, 2, new Uint8Array(1_000_000))), 'data/limit', /more than 6 bytes/);
  // A blank page of any size is honest, though it compresses a thousandfold.
  expect((await decodePng(png(6000, 4000, new Uint8Array(6001 * 4000)))).width).toBe(6000);
  const huge = png(60_000, 60_000, new Uint8Array(10));
  await expectError(decodePng(huge), 'data/limit', /60000×60000/);
  expect(() => imageKind(huge, 'huge.png')).toThrow(/60000×60000/);
  expect(() => imageKind(new Uint8Array([0xff, 0xd8, 0xff, 0xe0]), 'cut.jpg')).toThrow(/cut short/);
  await expectError(decodeImage(new Uint8Array(4), 'image/webp'), 'data/unreadable', /browser only/);
});

test('sizes of the other formats are read from their headers', () => {
  const header = (length: number, ...sets: [number, number[]][]) => {
    const b = new Uint8Array(length);
    for (const [at, bytes] of sets) b.set(bytes, at);
    return b;
  };
  const ascii = (s: string) => [...s].map((c) => c.charCodeAt(0));
  const kind = (b: Uint8Array<ArrayBuffer>) => imageKind(b, 'a');
  expect(kind(header(13, [0, ascii('GIF89a')], [6, [3, 1, 2, 0]]))).toMatchObject({
    mime: 'image/gif',
    width: 259,
    height: 2,
  });
  const bmp = header(30, [0, ascii('BM')], [14, [40, 0, 0, 0]], [18, [5, 0, 0, 0]], [22, [0xfd, 0xff, 0xff, 0xff]]);
  expect(kind(bmp)).toMatchObject({ mime: 'image/bmp', width: 5, height: 3 });
  const webp = (chunk: string, at: number, bytes: number[]) =>
    header(32, [0, ascii('RIFF')], [8, ascii(`WEBP${chunk}`)], [at, bytes]);
  expect(kind(webp('VP8X', 24, [4, 0, 0, 9, 0, 0]))).toMatchObject({ mime: 'image/webp', width: 5, height: 10 });
  expect(kind(webp('VP8 ', 26, [6, 0, 7, 0]))).toMatchObject({ width: 6, height: 7 });
  // 14 bits of width − 1, then 14 of height − 1: 10 and 3.
  expect(kind(webp('VP8L', 20, [0x2f, 9, 0x80, 0, 0]))).toMatchObject({ width: 10, height: 3 });
});
