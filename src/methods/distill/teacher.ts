import { create } from '@bufbuild/protobuf';
import { PareError } from '../../base/errors.ts';
import { halvesToFloats } from '../../onnx/float.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { copyWith, ValueInfoProtoSchema } from '../../onnx/proto.ts';
import type { Session, Value } from '../../runtime/types.ts';
import { INSIDE } from '../calibrate/augment.ts';
import type { Inputs, MethodContext } from '../types.ts';
import { RowCache } from './samples.ts';

/** The original, loaded to be asked for its outputs before softmax and for values inside it. */
export class Teacher {
  private constructor(
    private readonly session: Session,
    private readonly values: readonly string[],
    private readonly cache: RowCache,
  ) {}

  /** @param count samples in the data @throws PareError `recipe/not-applicable` for a value that it does not have */
  static async open(model: Model, values: readonly string[], count: number, ctx: MethodContext): Promise<Teacher> {
    const graph = mainGraph(model);
    const made = new Set([...graph.input.map((v) => v.name), ...graph.node.flatMap((n) => n.output)]);
    for (const name of values) {
      if (made.has(name)) continue;
      throw new PareError('recipe/not-applicable', `The original has no value "${name}" to learn from.`, {
        where: name,
      });
    }
    const kept = graph.output.filter((v) => !values.includes(v.name));
    const output = [...kept, ...values.map((name) => create(ValueInfoProtoSchema, { name }))];
    const proto = copyWith(model.proto, { graph: copyWith(graph, { output }) });
    const session = await ctx.openSession({ ...model, proto }, INSIDE);
    return new Teacher(session, values, new RowCache(count));
  }

  /**
   * Its values for a batch, as float32.
   * @param known the samples, where the inputs are those as stored, so that nothing need be computed twice
   */
  async ask(inputs: Inputs, known?: ArrayLike<number>): Promise<Readonly<Record<string, Value>>> {
    const remembered = known && this.cache.get(known);
    if (remembered) return remembered;
    const found = await this.session.run(inputs, [...this.values]);
    const out = Object.fromEntries(this.values.map((name) => [name, asFloat(name, found[name])]));
    if (known) this.cache.put(known, out);
    return out;
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

function asFloat(name: string, value: Value): Value {
  if (value.dtype === 'float32') return value;
  if (value.dtype === 'float64')
    return { ...value, dtype: 'float32', data: Float32Array.from(value.data as Float64Array) };
  if (value.dtype === 'float16') {
    return { ...value, dtype: 'float32', data: halvesToFloats(value.data as Uint16Array<ArrayBuffer>) };
  }
  throw new PareError(
    'recipe/not-applicable',
    `"${name}" of the original is ${value.dtype}, which nothing can learn from.`,
    {
      where: name,
    },
  );
}
