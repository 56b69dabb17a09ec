import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { PareError } from '../base/errors.ts';
import { MiB } from '../base/limits.ts';
import type { Random } from '../base/random.ts';
import { type ByteSink, memorySource } from '../base/source.ts';
import { checkModel } from './check.ts';
import { summarize } from './info.ts';
import { DataLocation, ModelProtoSchema, StringStringEntryProtoSchema, type TensorProto } from './proto.ts';
import { readModel } from './read.ts';
import { readRaw } from './tensor.ts';
import { mapModel } from './visit.ts';
import { listWeights } from './weights.ts';
import { lenHeader } from './wire.ts';
import { writeModel } from './write.ts';

/** What `npm run fuzz` and the bounded run in the tests share: how models are harmed, and what must hold of any file. */

type Bytes = Uint8Array<ArrayBuffer>;

const pick = <T>(random: Random, items: readonly T[]): T => items[random.int(items.length)];
const join = (...parts: (Uint8Array | number[])[]): Bytes =>
  new Uint8Array(Buffer.concat(parts.map((p) => Buffer.from(p))));

function bitFlips(bytes: Bytes, random: Random): Bytes {
  const out = bytes.slice();
  for (let n = 1 + random.int(8); n > 0; n--) out[random.int(out.length)] ^= 1 << random.int(8);
  return out;
}

/** Bytes that look like tags, lengths and the ends of numbers, where the structure is thickest. */
function lies(bytes: Bytes, random: Random): Bytes {
  const out = bytes.slice();
  for (let n = 1 + random.int(4); n > 0; n--) {
    out[random.int(Math.min(out.length, 2000))] = pick(
      random,
      [0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x3a, 0x2a, 0x4a, 0x0b, 0x0c],
    );
  }
  return out;
}

function splice(bytes: Bytes, random: Random): Bytes {
  const [a, b] = [random.int(bytes.length), random.int(bytes.length)];
  const piece = bytes.subarray(a, a + random.int(400));
  return join(
    bytes.subarray(0, b),
    piece,
    bytes.subarray(random.int(2) ? b : Math.min(bytes.length, b + piece.length)),
  );
}

/** Subgraphs, types, groups or functions in each other, thousands deep, after what the file has. */
function nesting(bytes: Bytes, random: Random): Bytes {
  const chain = pick(random, [[6, 5, 1], [1, 4], [11, 5, 1], [5]]);
  let inner: Bytes = new Uint8Array(random.int(3) * 3000);
  const levels = random.int(3000);
  const heads: Uint8Array[] = [];
  let length = inner.length;
  for (let i = 0; i < levels; i++) {
    const head = lenHeader(chain[i % chain.length], length);
    heads.push(head);
    length += head.length;
  }
  if (random.int(4) === 0) return join(bytes, new Uint8Array(levels).fill(0x0b));
  inner = join(...heads.reverse(), inner);
  return join(bytes, lenHeader(7, inner.length), inner);
}

/** Well-formed files that lie: dims and dtypes that do not fit, external data where there is none. */
function liars(bytes: Bytes, random: Random): Bytes {
  const huge = [-1n, 0n, 2n ** 31n, 2n ** 40n, 2n ** 62n, -(2n ** 63n), 65_536n];
  const proto = mapModel(fromBinary(ModelProtoSchema, bytes), {
    tensor(t) {
      if (random.int(3)) return t;
      const copy = create(fromTensor, t as never) as TensorProto;
      switch (random.int(4)) {
        case 0:
          copy.dims = Array.from({ length: random.int(6) }, () => pick(random, huge));
          break;
        case 1:
          copy.dataType = random.int(40);
          break;
        case 2:
          copy.rawData = new Uint8Array(random.int(9000));
          break;
        default: {
          const entries = { location: pick(random, ['w.data', '../w.data', '', '/w.data', 'w.data\0']) } as Record<
            string,
            string
          >;
          if (random.int(2)) entries.offset = pick(random, ['0', '4095', '-5', '9'.repeat(30), '1e3', ' 1', '4096']);
          if (random.int(2)) entries.length = pick(random, ['0', '16', '9'.repeat(15), 'x', String(random.int(9000))]);
          copy.dataLocation = DataLocation.EXTERNAL;
          copy.externalData = Object.entries(entries).map(([key, value]) =>
            create(StringStringEntryProtoSchema, { key, value }),
          );
        }
      }
      return copy;
    },
  });
  return toBinary(ModelProtoSchema, proto) as Bytes;
}
const fromTensor = ModelProtoSchema.field.graph.message!.field.initializer.message!;

/** Thousands of messages of two bytes each. */
function crowd(bytes: Bytes, random: Random): Bytes {
  const piece = pick(random, [
    [0x0a, 0],
    [0x2a, 0],
    [0x5a, 0],
    [0x6a, 0],
    [0x78, 1],
    [0x7a, 0],
  ]);
  const many = new Uint8Array(2 * random.int(60_000));
  for (let i = 0; i < many.length; i++) many[i] = piece[i % 2];
  return join(bytes, lenHeader(7, many.length), many);
}

const MUTATIONS = [
  bitFlips,
  bitFlips,
  lies,
  lies,
  splice,
  nesting,
  liars,
  crowd,
  (bytes: Bytes, random: Random) => bytes.slice(0, random.int(bytes.length)),
];

/** A harmed copy of a model: one mutation, or a few on top of each other. */
export function mutate(bytes: Bytes, random: Random): Bytes {
  let out = bytes;
  for (let n = 1 + (random.int(4) === 0 ? random.int(3) : 0); n > 0 && out.length > 0; n--) {
    try {
      out = pick(random, MUTATIONS)(out, random);
    } catch {
      // A file that is damaged already cannot be made to lie in an orderly way.
      out = bitFlips(out, random);
    }
  }
  return out;
}

const nowhere: ByteSink = { async write() {}, async close() {}, async abort() {} };

/** What opening may allocate: four times the file and 64 MB. */
export const allowance = (size: number) => 4 * size + 64 * MiB;

/**
 * Opens a file and does with it what the studio does at first: summary, check, weights, writing back.
 * @returns whether it is a model, and the bytes by which memory had grown when it was open (garbage included)
 * @throws whatever is no PareError: a bug
 */
export async function exercise(bytes: Bytes): Promise<{ opened: boolean; grown: number }> {
  const used = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = used();
  let grown = 0;
  try {
    const model = await readModel(memorySource(bytes, 'm.onnx'), [memorySource(new Uint8Array(4096), 'w.data')]);
    grown = used() - before;
    summarize(model);
    checkModel(model);
    for (const { tensor } of listWeights(model.proto)) await readRaw(tensor).catch(onlyPareError);
    await writeModel(model, nowhere);
    await writeModel(model, nowhere, { external: { name: 'x.data', sink: nowhere } });
    return { opened: true, grown };
  } catch (error) {
    onlyPareError(error);
    return { opened: false, grown: grown || used() - before };
  }
}

function onlyPareError(error: unknown): void {
  if (!(error instanceof PareError) || error.code === 'internal') throw error;
}
