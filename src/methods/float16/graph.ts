import {
  copyWith,
  DataType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from '../../onnx/proto.ts';
import { freeNames, inOrder, renameFree, withBodies } from '../ort/graphs.ts';
import type { Types } from '../ort/types.ts';
import type { Work } from '../ort/work.ts';
import { Casts } from './casts.ts';
import { halved } from './halve.ts';
import { convertAttributes } from './nodes.ts';
import type { Float16Options } from './options.ts';
import type { Readers } from './readers.ts';

const { FLOAT, FLOAT16, BFLOAT16 } = DataType;

/** What the conversion of all graphs of a model shares. */
export interface Conversion {
  readonly options: Float16Options;
  readonly readers: Readers;
  readonly types: ReadonlyMap<GraphProto, Types>;
  readonly work: Work;
  /** Kept graph inputs and outputs, by the name that nodes use instead. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** A graph in float16 (float16.py, `convert_float_to_float16`), the main one or a body. */
export class GraphConversion {
  private readonly casts: Casts;
  private readonly own: ReadonlyMap<string, TensorProto>;

  constructor(
    private readonly graph: GraphProto,
    private readonly shared: Conversion,
    private readonly parent?: GraphConversion,
  ) {
    const { referenceTraps } = shared.options;
    this.casts = new Casts(referenceTraps, referenceTraps ? parent?.casts : undefined);
    this.own = new Map(graph.initializer.map((t) => [t.name, t]));
  }

  run(): GraphProto {
    const { options, readers, work } = this.shared;
    const clamp = { min: options.minPositiveVal, max: options.maxFiniteVal };
    if (!this.parent) this.castKept();
    const nodes = this.graph.node.map((n) => this.convert(n));
    return copyWith(this.graph, {
      node: inOrder([...nodes, ...this.casts.nodes]),
      initializer: this.graph.initializer.map((t) => (readers.isHalved(t) ? halved(t, clamp, work) : t)),
      input: this.graph.input.map((v) => this.retype(v)),
      output: this.graph.output.map((v) => this.retype(v)),
      valueInfo: this.graph.valueInfo.map((v) => this.retype(v)),
    });
  }

  /** Casts between the kept inputs and outputs and the nodes. */
  private castKept(): void {
    const { renamed } = this.shared;
    this.graph.input.forEach((v, i) => {
      if (renamed.has(v.name)) this.casts.between(v.name, renamed.get(v.name)!, FLOAT16, `graph_input_cast${i}`);
    });
    this.graph.output.forEach((v, i) => {
      if (renamed.has(v.name)) this.casts.between(renamed.get(v.name)!, v.name, FLOAT, `graph_output_cast${i}`);
    });
  }

  /** float32 becomes float16 in a type that is stated, but for kept inputs and outputs and initializers that stay. */
  private retype(v: ValueInfoProto): ValueInfoProto {
    if (this.shared.renamed.has(v.name)) return v;
    const constant = this.own.get(v.name);
    if (constant && !this.shared.readers.isHalved(constant)) return v;
    const type = v.type?.value;
    if (type?.case === 'tensorType' && type.value.elemType === FLOAT) {
      const value = copyWith(type.value, { elemType: FLOAT16 });
      return copyWith(v, { type: copyWith(v.type!, { value: { case: 'tensorType', value } }) });
    }
    const inner = type?.case === 'sequenceType' ? type.value.elemType : undefined;
    if (type?.case === 'sequenceType' && inner?.value.case === 'tensorType' && inner.value.value.elemType === FLOAT) {
      const tensor = copyWith(inner.value.value, { elemType: FLOAT16 });
      const elemType = copyWith(inner, { value: { case: 'tensorType', value: tensor } });
      const value = copyWith(type.value, { elemType });
      return copyWith(v, { type: copyWith(v.type!, { value: { case: 'sequenceType', value } }) });
    }
    return v;
  }

  private find(name: string): TensorProto | undefined {
    return this.own.get(name) ?? this.parent?.find(name);
  }

  private convert(original: NodeProto): NodeProto {
    const { readers, options, renamed, work } = this.shared;
    const clamp = { min: options.minPositiveVal, max: options.maxFiniteVal };
    const blocked = readers.isBlocked(original, (name) => this.find(name));
    const swap = (names: readonly string[]) => names.map((name) => renamed.get(name) ?? name);
    const renames = [...original.input, ...original.output].some((name) => renamed.has(name));
    const n = renames ? copyWith(original, { input: swap(original.input), output: swap(original.output) }) : original;
    if (blocked) {
      const wide = options.useBfloat16AsBlockedNodesDtype ? BFLOAT16 : FLOAT;
      const input = n.input.map((name) => (this.isWiden(name, wide) ? this.casts.widen(name, wide) : name));
      const output = n.output.map((name) => (this.isHalf(name) ? this.casts.narrow(name) : name));
      return this.widenInside(copyWith(n, { input, output }), wide);
    }
    if (!readers.keepsAttributes(n)) {
      return convertAttributes(
        n,
        options,
        (t) => halved(t, clamp, work),
        (g) => new GraphConversion(g, this.shared, this).run(),
      );
    }
    const input = n.input.map((name, i) =>
      readers.staysFloat(n, i) && this.isHalf(name) ? this.casts.widen(name, FLOAT) : name,
    );
    return copyWith(n, { input });
  }

  /** What the bodies of a blocked node read of this graph, widened as its own inputs are. The reference forgets it. */
  private widenInside(n: NodeProto, wide: number): NodeProto {
    if (this.shared.options.referenceTraps) return n;
    return withBodies(n, (body) => {
      const names = [...freeNames(body)].filter((name) => this.isHalf(name));
      return renameFree(body, new Map(names.map((name) => [name, this.casts.widen(name, wide)])));
    });
  }

  /** Whether a blocked node's input needs a Cast: a float16 value, or its own float32 weight where it computes in bfloat16. */
  private isWiden(name: string, wide: number): boolean {
    if (this.isHalf(name)) return true;
    return wide === BFLOAT16 && !this.shared.options.referenceTraps && this.find(name)?.dataType === FLOAT;
  }

  /** Whether a value is known to be float16 now. */
  private isHalf(name: string): boolean {
    if (name === '') return false;
    const constant = this.find(name);
    if (constant) return this.shared.readers.isHalved(constant);
    for (const kept of this.shared.renamed.values()) if (kept === name) return true;
    return this.shared.types.get(this.graph)?.of(name) === FLOAT;
  }
}
