import fc from 'fast-check';
import { Zip, ZipDeflate, type Zippable, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { memorySource } from '../base/source.ts';
import { inflate } from './inflate.ts';
import { counting, expectError } from './testing.ts';
import { isZip, listZip, openEntry } from './zip.ts';

const bytesOf = async (zip: Uint8Array<ArrayBuffer>) => {
  const source = memorySource(zip, 'a.zip');
  const out: Record<string, number[]> = {};
  for (const entry of await listZip(source)) {
    const file = await openEntry(source, entry);
    out[entry.path] = [...(await file.read(0, file.size))];
  }
  return out;
};

test('any archive fflate writes is read back, stored and deflated', async () => {
  const file = fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(0 as const, 6 as const));
  const name = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('a', 'é', '图', '/', '.', ' ') });
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, file, { noNullPrototype: true }), async (files) => {
      const wanted = Object.fromEntries(Object.entries(files).filter(([path]) => !path.endsWith('/')));
      const tree: Zippable = Object.fromEntries(Object.entries(wanted).map(([p, [b, level]]) => [p, [b, { level }]]));
      const got = await bytesOf(new Uint8Array(zipSync(tree)));
      expect(got).toEqual(Object.fromEntries(Object.entries(wanted).map(([p, [b]]) => [p, [...b]])));
    }),
    { numRuns: 60 },
  );
});

test('entries with data descriptors are read through the directory', async () => {
  const parts: Uint8Array[] = [];
  const zip = new Zip((_, part) => parts.push(part));
  for (const path of ['one', 'two']) {
    const file = new ZipDeflate(path);
    zip.add(file);
    file.push(new TextEncoder().encode(path.repeat(50)), true);
  }
  zip.end();
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    all.set(p, at);
    at += p.length;
  }
  expect(String.fromCharCode(...(await bytesOf(all)).two)).toBe('two'.repeat(50));
});

/** A stored entry described only by zip64 fields, with a zip64 end record and a comment that holds a false signature. */
function zip64(): Uint8Array<ArrayBuffer> {
  const local = new DataView(new ArrayBuffer(31 + 3));
  local.setUint32(0, 0x04034b50, true);
  local.setUint16(26, 1, true);
  local.setUint8(30, 97);
  [1, 2, 3].forEach((b, i) => {
    local.setUint8(31 + i, b);
  });
  const central = new DataView(new ArrayBuffer(46 + 1 + 28));
  central.setUint32(0, 0x02014b50, true);
  for (const at of [20, 24, 42]) central.setUint32(at, 0xffffffff, true);
  central.setUint16(28, 1, true);
  central.setUint16(30, 28, true);
  central.setUint8(46, 97);
  central.setUint16(47, 1, true);
  central.setUint16(49, 24, true);
  central.setBigUint64(51, 3n, true);
  central.setBigUint64(59, 3n, true);
  central.setBigUint64(67, 0n, true);
  const end64 = new DataView(new ArrayBuffer(56));
  end64.setUint32(0, 0x06064b50, true);
  end64.setBigUint64(32, 1n, true);
  end64.setBigUint64(40, BigInt(central.byteLength), true);
  end64.setBigUint64(48, BigInt(local.byteLength), true);
  const locator = new DataView(new ArrayBuffer(20));
  locator.setUint32(0, 0x07064b50, true);
  locator.setBigUint64(8, BigInt(local.byteLength + central.byteLength), true);
  const end = new DataView(new ArrayBuffer(26));
  end.setUint32(0, 0x06054b50, true);
  for (const at of [8, 10]) end.setUint16(at, 0xffff, true);
  for (const at of [12, 16]) end.setUint32(at, 0xffffffff, true);
  end.setUint16(20, 4, true);
  end.setUint32(22, 0x06054b50, true);
  const parts = [local, central, end64, locator, end].map((v) => new Uint8Array(v.buffer));
  return new Uint8Array(parts.flatMap((p) => [...p]));
}

test('zip64 sizes and end record are understood', async () => {
  expect(await bytesOf(zip64())).toEqual({ a: [1, 2, 3] });
});

test('a stored entry is a window: listing and opening read next to nothing of it', async () => {
  const source = counting(
    memorySource(new Uint8Array(zipSync({ big: [new Uint8Array(5_000_000), { level: 0 }] })), 'a.zip'),
  );
  const [entry] = await listZip(source);
  const file = await openEntry(source, entry);
  await file.read(1000, 10);
  expect(source.bytesRead).toBeLessThan(100_000);
});

test('a zip bomb is refused by what it claims, and by what it does', async () => {
  const honest = zipSync({ zeros: new Uint8Array(1_000_000) });
  expect((await bytesOf(new Uint8Array(honest))).zeros.length).toBe(1_000_000);
  const bomb = new Uint8Array(zipSync({ zeros: [new Uint8Array(40_000_000), { level: 9 }] }));
  await expectError(listZip(memorySource(bomb, 'bomb.zip')), 'data/limit', /bomb/);
  // The same with a directory that lies about the size: stopped at the claim, not at the end of memory.
  const view = new DataView(bomb.buffer);
  const directory = view.getUint32(bomb.length - 6, true);
  view.setUint32(directory + 24, 1000, true);
  const source = memorySource(bomb, 'bomb.zip');
  const [entry] = await listZip(source);
  await expectError(openEntry(source, entry), 'data/unreadable', /more than the 1000 bytes it claims/);
  await expectError(inflate(memorySource(bomb.subarray(35, directory)), 'deflate'), 'data/limit', /200 times/);
});

test('entries that share their bytes are refused', async () => {
  const zip = new Uint8Array(
    zipSync({ a: [new Uint8Array(100), { level: 0 }], b: [new Uint8Array(100), { level: 0 }] }),
  );
  const view = new DataView(zip.buffer);
  const directory = view.getUint32(zip.length - 6, true);
  view.setUint32(directory + 47 + 42, 0, true);
  await expectError(listZip(memorySource(zip, 'a.zip')), 'data/limit', /overlaps/);
});

test('encryption, unknown methods and damage are named', async () => {
  const make = (edit: (view: DataView, directory: number) => void) => {
    const zip = new Uint8Array(zipSync({ a: new TextEncoder().encode('hello hello hello hello') }));
    const view = new DataView(zip.buffer);
    edit(view, view.getUint32(zip.length - 6, true));
    return memorySource(zip, 'a.zip');
  };
  const open = async (source: ReturnType<typeof memorySource>) => openEntry(source, (await listZip(source))[0]);
  await expectError(open(make((v, d) => v.setUint16(d + 8, 1, true))), 'data/unreadable', /encrypted/);
  await expectError(open(make((v, d) => v.setUint16(d + 10, 93, true))), 'data/unreadable', /method 93/);
  await expectError(open(make((v) => v.setUint8(32, 0xff))), 'data/unreadable', /damaged|claims|cut short/);
  await expectError(open(make((v, d) => v.setUint32(d + 16, 1, true))), 'data/unreadable', /checksum/);
  await expectError(open(make((v, d) => v.setUint32(d, 1, true))), 'data/unreadable', /entry 0/);
});

test('an archive cut short anywhere fails with a data error, never another', async () => {
  const zip = new Uint8Array(zipSync({ a: new Uint8Array(50).map((_, i) => i * 7), 'b/c': new Uint8Array(3) }));
  for (let n = 4; n < zip.length; n++) {
    const source = memorySource(zip.slice(0, n), 'cut.zip');
    if (await isZip(source)) await expectError(listZip(source), 'data/unreadable', /cut short/);
  }
});

test('damage anywhere gives the same files or a data error', async () => {
  const zip = new Uint8Array(
    zipSync({ a: new Uint8Array(50).map((_, i) => i * 7), b: [new Uint8Array(20), { level: 0 }] }),
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(zip.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const bad = zip.slice();
      bad[at] ^= flip;
      await bytesOf(bad).catch((e: { code?: string }) => expect(e.code).toMatch(/^data\//));
    }),
    { numRuns: 400 },
  );
});
