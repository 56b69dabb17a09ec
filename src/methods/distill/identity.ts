import { toBinary } from '@bufbuild/protobuf';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { copyWith, GraphProtoSchema } from '../../onnx/proto.ts';
import { identified } from '../../onnx/scopes.ts';
import { readRaw } from '../../onnx/tensor.ts';

/** A 64-bit hash of bytes in two lanes, each as in MurmurHash3's body and end (Appleby 2011): tells contents apart, guards nothing. */
class Hash {
  private a = 0x9747b28c;
  private b = 0x85ebca6b;
  private length = 0;

  bytes(data: Uint8Array): this {
    const whole = data.length >> 2;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let i = 0; i < whole; i++) this.word(view.getUint32(4 * i, true));
    let rest = 0;
    for (let i = 4 * whole; i < data.length; i++) rest = (rest << 8) | data[i];
    this.word(rest);
    this.length += data.length;
    return this;
  }

  text(s: string): this {
    return this.bytes(new TextEncoder().encode(s));
  }

  hex(): string {
    const end = (x: number) => {
      let h = x ^ this.length;
      h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
      h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
      return ((h ^ (h >>> 16)) >>> 0).toString(16).padStart(8, '0');
    };
    return end(this.a) + end(this.b);
  }

  private word(k: number): void {
    const x = Math.imul(k, 0xcc9e2d51);
    const y = Math.imul(k, 0x1b873593);
    this.a = (Math.imul(rotate(this.a ^ ((x << 15) | (x >>> 17)), 13), 5) + 0xe6546b64) | 0;
    this.b = (Math.imul(rotate(this.b ^ ((y << 17) | (y >>> 15)), 11), 5) + 0x38b34ae5) | 0;
  }
}

const rotate = (x: number, n: number) => (x << n) | (x >>> (32 - n));

/** What tells one model from another: structure and every number of it. */
export async function modelIdentity(model: Model): Promise<string> {
  const hash = new Hash();
  const graph = mainGraph(model);
  hash.bytes(toBinary(GraphProtoSchema, copyWith(graph, { initializer: [], sparseInitializer: [] })));
  for (const { consts } of identified(model.proto)) {
    for (const { id, tensor } of consts) {
      hash.text(`${id} ${tensor.dataType} ${tensor.dims}`);
      hash.bytes(await readRaw(tensor));
    }
  }
  return hash.hex();
}

/** A key for a text of any length. */
export function shortKey(text: string): string {
  return new Hash().text(text).hex();
}
