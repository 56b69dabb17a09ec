import { attrInt } from '../attributes.ts';
import { DataType, type GraphProto, type ModelProto, type TensorProto, type TypeProto } from '../proto.ts';
import { constants, scopes } from '../scopes.ts';
import { rawNow, viewAs } from '../tensor.ts';

/** What a file itself says about its values, without running shape inference. */
export class Facts {
  private readonly ranks = new Map<string, number>();
  private readonly dtypes = new Map<string, number>();
  private readonly tensors = new Map<string, TensorProto>();
  private readonly names = new Set<string>();
  private readonly consumed = new Set<string>();
  /** Whether float32 is the only float dtype that any value can have. */
  readonly onlyFloat32: boolean;

  constructor(model: ModelProto) {
    const dtypes = new Set<number>();
    for (const scope of scopes(model)) {
      for (const n of scope.nodes) {
        for (const name of [...n.input, ...n.output]) this.names.add(name);
        for (const name of n.input) this.consumed.add(name);
        // Cast and CastLike's relatives, EyeLike, the random generators: all name their dtype `to` or `dtype`.
        dtypes
          .add(attrInt(n, 'to', 0))
          .add(attrInt(n, 'dtype', 0))
          .add(attrInt(n, 'output_dtype', 0));
        for (const a of n.attribute) if (a.t) dtypes.add(a.t.dataType);
      }
      for (const { name, tensor } of constants(scope)) {
        this.names.add(name);
        this.add(name, tensor);
        dtypes.add(tensor.dataType);
      }
      if (scope.graph) this.declared(scope.graph, dtypes);
      for (const name of scope.fn?.output ?? []) this.consumed.add(name);
    }
    this.onlyFloat32 = !dtypes.has(DataType.FLOAT16) && !dtypes.has(DataType.DOUBLE) && !dtypes.has(DataType.BFLOAT16);
  }

  private declared(graph: GraphProto, dtypes: Set<number>): void {
    for (const v of [...graph.input, ...graph.valueInfo, ...graph.output]) {
      this.names.add(v.name);
      const type = v.type?.value;
      if (type?.case !== 'tensorType') continue;
      if (type.value.elemType) this.dtypes.set(v.name, type.value.elemType);
      if (type.value.shape) this.ranks.set(v.name, type.value.shape.dim.length);
    }
    for (const v of graph.output) this.consumed.add(v.name);
    for (const v of graph.input) if (v.type) elements(v.type, dtypes);
  }

  /** Whether a node or a graph's output takes the value, in any scope. */
  used(name: string): boolean {
    return this.consumed.has(name);
  }

  rank(name: string): number | undefined {
    return this.ranks.get(name);
  }

  /** The dtype of a float value: as declared, or float32 where the model has no other. */
  floatDtype(name: string): number | undefined {
    return this.dtypes.get(name) ?? (this.onlyFloat32 ? DataType.FLOAT : undefined);
  }

  /** The numbers of a small float32 constant. */
  floats(name: string): Float32Array | undefined {
    const tensor = this.tensors.get(name);
    if (tensor?.dataType !== DataType.FLOAT) return undefined;
    const raw = rawNow(tensor);
    return raw && viewAs(Float32Array<ArrayBuffer>, raw);
  }

  /** Makes a constant that a conversion added known to the conversions after it. */
  add(name: string, tensor: TensorProto): void {
    this.tensors.set(name, tensor);
    this.ranks.set(name, tensor.dims.length);
    this.dtypes.set(name, tensor.dataType);
  }

  /** A name that no value of the model has, in any scope. */
  fresh(name: string): string {
    let free = name;
    for (let i = 1; this.names.has(free); i++) free = `${name}_${i}`;
    this.names.add(free);
    return free;
  }
}

/** The element dtypes of a type, also inside sequences and maps. */
function elements({ value }: TypeProto, into: Set<number>): void {
  if (value.case === 'tensorType' || value.case === 'sparseTensorType') into.add(value.value.elemType);
  else if (value.case === 'sequenceType' || value.case === 'optionalType') {
    if (value.value.elemType) elements(value.value.elemType, into);
  } else if (value.case === 'mapType' && value.value.valueType) elements(value.value.valueType, into);
}
