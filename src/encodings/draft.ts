import { bytesOf } from '../base/bytes.ts';
import { shared } from '../base/shared.ts';
import { type AttributeValue, node } from '../onnx/build.ts';
import { elementCount, rawBytes } from '../onnx/dtypes.ts';
import { computedPayload } from '../onnx/payload.ts';
import { DataType } from '../onnx/proto.ts';
import { makeTensor } from '../onnx/tensor.ts';
import type { Names } from './names.ts';
import type { Encoded } from './types.ts';

/** A value of a draft: an initializer or what an operator gives. */
export type Ref = number & { readonly ref: unique symbol };

interface Stored<V> {
  hint: string;
  dataType: number;
  dims: readonly number[];
  content: ArrayBufferView<ArrayBuffer> | ((values: V) => ArrayBufferView<ArrayBuffer>);
  /** One for all weights of a scope. */
  table?: true;
}

interface Operation {
  op: string;
  inputs: readonly Ref[];
  attributes: Readonly<Record<string, AttributeValue>>;
}

/**
 * An encoding before it has names and numbers: what would be stored and which operators would read it. Cheap enough to
 * make just to learn its size, so that a forecast and the written file cannot disagree.
 */
export class Draft<V> {
  private readonly items: (Stored<V> | Operation)[] = [];
  private lowest = 1;

  private add(item: Stored<V> | Operation): Ref {
    this.items.push(item);
    return (this.items.length - 1) as Ref;
  }

  /** An initializer: numbers known now, or picked from the values when they have been computed. */
  store(hint: string, dataType: number, dims: readonly number[], content: Stored<V>['content']): Ref {
    return this.add({ hint, dataType, dims, content });
  }

  /** A one-dimensional int64 initializer, as shapes are. */
  ints(hint: string, values: readonly number[]): Ref {
    return this.store(hint, DataType.INT64, [values.length], BigInt64Array.from(values, BigInt));
  }

  /** A few numbers that are the same for every weight, and stored once for all of them. The hint tells them apart. */
  table(hint: string, dataType: number, dims: readonly number[], content: ArrayBufferView<ArrayBuffer>): Ref {
    return this.add({ hint, dataType, dims, content, table: true });
  }

  /** An operator with one output. `since` is the default opset that brought it, or what it is asked to do. */
  op(
    op: string,
    inputs: readonly Ref[],
    since: number,
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): Ref {
    this.lowest = Math.max(this.lowest, since);
    return this.add({ op, inputs, attributes });
  }

  /** Bytes of the initializers that are this weight's own; tables are a few bytes for all of them. */
  get bytes(): number {
    let n = 0;
    for (const item of this.items) {
      if ('dims' in item && !item.table) n += rawBytes(item.dataType, elementCount(item.dims, item.hint));
    }
    return n;
  }

  /**
   * About what the nodes and the initializers' names and dims take in the file, beside `bytes`: every string and number has
   * a tag and a length, and values in between are called `pare_` and two digits.
   */
  overhead(name: string): number {
    const field = (length: number) => length + 2;
    const called = this.items.map((item, i) => {
      if ('dims' in item) return item.table ? item.hint.length + 5 : name.length + 1 + item.hint.length;
      return i === this.items.length - 1 ? name.length : 7;
    });
    return this.items.reduce((n, item, i) => {
      if ('dims' in item) {
        // Tag and length of the tensor and of its numbers take up to five bytes each; dims two or three; the dtype two.
        return item.table ? n : n + 12 + field(called[i]) + 3 * item.dims.length;
      }
      const inputs = item.inputs.reduce((m, r) => m + field(called[r]), 0);
      const attributes = Object.keys(item.attributes).reduce((m, key) => m + key.length + 10, 0);
      return n + 3 + inputs + field(called[i]) + field(item.op.length) + attributes;
    }, 0);
  }

  /** The lowest default opset whose operators are used. */
  get opset(): number {
    return this.lowest;
  }

  /**
   * Names everything. `values` runs when the first of the initializers it fills is read, and once for all of them.
   * The last operator outputs `name`.
   * @param scope path of the scope that the weight is in (`onnx/scopes.ts`)
   */
  build(name: string, names: Names, values: () => Promise<V>, scope = ''): Encoded {
    const picked = shared(values);
    const called: string[] = [];
    const initializers: Encoded['initializers'][number][] = [];
    const nodes: Encoded['nodes'][number][] = [];
    this.items.forEach((item, i) => {
      if ('dims' in item) {
        const { dataType, dims, content, hint, table } = item;
        const { name: own, made } = table
          ? names.table(scope, hint)
          : { name: names.fresh(`${name}_${hint}`), made: true };
        called.push(own);
        if (!made) return;
        const size = rawBytes(dataType, elementCount(dims, own));
        initializers.push(
          makeTensor(
            own,
            dataType,
            dims,
            ArrayBuffer.isView(content)
              ? content
              : computedPayload(
                  size,
                  picked((v) => bytesOf(content(v))),
                ),
          ),
        );
      } else {
        // Short names for what lies between: they are most of what a small weight's nodes take in the file.
        const own = i === this.items.length - 1 ? name : names.fresh('pare');
        called.push(own);
        nodes.push(
          node(
            item.op,
            item.inputs.map((r) => called[r]),
            [own],
            item.attributes,
          ),
        );
      }
    });
    return { initializers, nodes, bytes: this.bytes, opset: this.opset };
  }
}
