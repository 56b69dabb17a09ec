import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { memorySink, memorySource } from '../base/source.ts';
import { readModel } from './read.ts';
import { writeModel } from './write.ts';

const dir = process.env.MODELS ?? 'public/samples';
for (const name of readdirSync(dir).filter((f) => f.endsWith('.onnx'))) {
  test(`${name} comes back byte for byte`, async () => {
    const bytes = new Uint8Array(readFileSync(`${dir}/${name}`));
    const others = readdirSync(dir)
      .filter((f) => f.endsWith('.data'))
      .map((f) => memorySource(new Uint8Array(readFileSync(`${dir}/${f}`)), f));
    const model = await readModel(memorySource(bytes, name), others);
    const sink = memorySink();
    await writeModel(model, sink);
    if (model.external.length === 0) expect(Buffer.compare(Buffer.from(sink.bytes()), Buffer.from(bytes))).toBe(0);
  });
}
