import { node as makeNode } from '../../onnx/build.ts';
import { DataType, type NodeProto } from '../../onnx/proto.ts';

/** The Casts around the nodes of a graph that stay in float32. */
export class Casts {
  readonly nodes: NodeProto[] = [];
  private readonly widened = new Map<string, string>();

  /**
   * @param onePerReader the reference's way, which gives several nodes and values one name
   * @param into where they go when it is not this graph
   */
  constructor(
    private readonly onePerReader: boolean,
    private readonly into?: Casts,
  ) {}

  private put(n: NodeProto): void {
    if (this.into) this.into.put(n);
    else this.nodes.push(n);
  }

  /** A float16 value in a wider type, for a node that stays float32. Its new name. */
  widen(name: string, to: number): string {
    const key = `${name} ${to}`;
    const known = this.widened.get(key);
    if (known !== undefined && !this.onePerReader) return known;
    // One value may be wanted as float32 here and as bfloat16 there.
    const taken = !this.onePerReader && [...this.widened.values()].includes(`${name}_cast_to_fp32`);
    const wide = taken ? `${name}_cast_to_${to === DataType.BFLOAT16 ? 'bf16' : 'float'}` : `${name}_cast_to_fp32`;
    this.widened.set(key, wide);
    this.put(makeNode('Cast', [name], [wide], { to }, { name: `${wide}_node` }));
    return wide;
  }

  /** The name that a node which stays float32 writes to, so that a Cast can make float16 of it. */
  narrow(name: string): string {
    const wide = `${name}_cast_to_fp16`;
    this.put(makeNode('Cast', [wide], [name], { to: DataType.FLOAT16 }, { name: `${wide}_node` }));
    return wide;
  }

  /** A Cast between a kept graph input or output and what the nodes now use. */
  between(from: string, to: string, type: number, name: string): void {
    this.put(makeNode('Cast', [from], [to], { to: type }, { name }));
  }
}
