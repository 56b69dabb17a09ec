import { type Model, mainGraph } from './model.ts';
import { inferFacts } from './shapes/infer.ts';

/** A value inside a model that learning can look at. Structured-cloneable. */
export interface InnerValue {
  name: string;
  /** The operator that makes it. */
  op: string;
}

/** The values of floats that the main graph's nodes make, in their order; those whose dtype is not known too. Reads no weights. */
export function innerValues(model: Model): InnerValue[] {
  const facts = inferFacts(model);
  return mainGraph(model).node.flatMap(({ opType: op, output }) =>
    op === 'Constant'
      ? []
      : output.flatMap((name) => {
          const dtype = facts.get(name)?.dtype ?? '';
          return name !== '' && (dtype === '' || /^float(16|32|64)$/.test(dtype)) ? [{ name, op }] : [];
        }),
  );
}
