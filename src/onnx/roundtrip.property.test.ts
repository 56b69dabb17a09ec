import { createRegistry, equals, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { model } from './arbitraries.ts';
import { payloadOf } from './payload.ts';
import { DataType, ModelProtoSchema } from './proto.ts';
import { type Replacement, replaceWeights } from './replace.ts';
import { type Scope, scopes } from './scopes.ts';
import { makeTensor, readRaw } from './tensor.ts';
import { modelOf, parse, unparse } from './testing.ts';
import { listWeights } from './weights.ts';

const options = { unknown: true, registry: createRegistry(ModelProtoSchema) };

type Bytes = Uint8Array<ArrayBuffer>;

test('models of every kind of message come back byte for byte', async () => {
  let lazy = 0;
  let nested = 0;
  await fc.assert(
    fc.asyncProperty(model, async (proto) => {
      const file = toBinary(ModelProtoSchema, proto) as Bytes;
      const read = await parse(file);
      lazy += listWeights(read.proto).filter((w) => payloadOf(w.tensor) && w.place === 'initializer').length;
      nested += [...scopes(read.proto)].filter((s) => s.graph && s.path).length;
      const back = await unparse(read);
      expect(Buffer.compare(back, file)).toBe(0);
      // A model that never was a file is written as the same bytes.
      expect(Buffer.compare(await unparse(modelOf(proto)), file)).toBe(0);
    }),
    { numRuns: 300 },
  );
  expect(lazy).toBeGreaterThan(10);
  expect(nested).toBeGreaterThan(30);
});

test('an edit touches what it names and nothing else', async () => {
  let edits = 0;
  let restored = 0;
  await fc.assert(
    fc.asyncProperty(model, fc.infiniteStream(fc.nat(3)), async (proto, choices) => {
      const read = await parse(toBinary(ModelProtoSchema, proto) as Bytes);
      const weights = listWeights(read.proto);
      const chosen = new Map<string, Replacement>();
      for (const w of weights) {
        const choice = choices.next().value;
        if (choice !== 0 || w.place === 'sparse-initializer') continue;
        chosen.set(w.id, { tensor: makeTensor(w.tensor.name, DataType.UINT8, [3], Uint8Array.of(1, 2, 3)) });
      }
      edits += chosen.size;
      const edited = replaceWeights(read, chosen);
      const after = listWeights((await parse(await unparse(edited))).proto);
      expect(after.map((w) => w.id)).toEqual(weights.map((w) => w.id));
      for (const [i, w] of weights.entries()) {
        if (w.tensor.dataType === DataType.STRING && !chosen.has(w.id)) continue;
        const want = chosen.has(w.id) ? Uint8Array.of(1, 2, 3) : await readRaw(w.tensor);
        expect(Buffer.compare(await readRaw(after[i].tensor), want)).toBe(0);
      }
      // The model that was read is the model that was read.
      const untouched = fromBinary(ModelProtoSchema, await unparse(read));
      expect(
        equals(ModelProtoSchema, untouched, fromBinary(ModelProtoSchema, toBinary(ModelProtoSchema, proto)), options),
      ).toBe(true);
      // Taking the edit back gives the file back, but for the types of inputs that follow their defaults.
      const typed = ({ graph: g }: Scope) => g && (g.input.length > 0 || g.valueInfo.length > 0);
      if ([...scopes(read.proto)].some(typed)) return;
      restored++;
      const originals = new Map<string, Replacement>(
        weights.filter((w) => chosen.has(w.id)).map((w) => [w.id, { tensor: w.tensor }]),
      );
      const back = replaceWeights(edited, originals);
      expect(Buffer.compare(await unparse(back), await unparse(read))).toBe(0);
    }),
    { numRuns: 400 },
  );
  expect(edits).toBeGreaterThan(50);
  expect(restored).toBeGreaterThan(10);
});
