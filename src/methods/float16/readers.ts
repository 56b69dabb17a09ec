import { DataType, type GraphProto, type NodeProto, type TensorProto } from '../../onnx/proto.ts';
import { bodies } from '../ort/types.ts';
import type { Work } from '../ort/work.ts';
import type { Float16Options } from './options.ts';

/** Inputs that operators take as float32 only: float16.py, ALWAYS_FLOAT_INPUTS. Resize has scales second up to opset 10. */
function floatInputs(op: string, opset: number): readonly number[] {
  if (op === 'Resize') return [opset <= 10 ? 1 : 2];
  return op === 'GroupNorm' || op === 'SkipGroupNorm' ? [1, 2] : [];
}

/** Who is converted and who is not, in a graph and the bodies that are. */
export class Readers {
  /** Graphs whose insides become float16: all but the bodies of blocked nodes. */
  readonly visited = new Set<GraphProto>();
  private readonly halves = new Set<TensorProto>();

  constructor(
    graph: GraphProto,
    private readonly options: Float16Options,
    private readonly opset: number,
    private readonly work: Work,
  ) {
    this.visit(graph, []);
  }

  /** Whether a node stays in float32 as a whole. */
  isBlocked(n: NodeProto, find: (name: string) => TensorProto | undefined): boolean {
    if (this.options.opBlockList.includes(n.opType) || this.options.nodeBlockList.includes(n.name)) return true;
    return n.input.some((name) => {
      const t = find(name);
      return t !== undefined && this.work.isSkipped(t);
    });
  }

  /** Whether an input of a converted node stays float32. */
  staysFloat(n: NodeProto, input: number): boolean {
    return (
      floatInputs(n.opType, this.opset).includes(input) && !this.options.forceFp16Inputs[n.opType]?.includes(input)
    );
  }

  /** Nodes with inputs that stay float32 keep their attributes, unless those inputs are forced. */
  keepsAttributes(n: NodeProto): boolean {
    return floatInputs(n.opType, this.opset).length > 0 && !(n.opType in this.options.forceFp16Inputs);
  }

  /** Whether an initializer becomes float16. */
  isHalved(tensor: TensorProto): boolean {
    return this.halves.has(tensor);
  }

  private visit(graph: GraphProto, outer: readonly Map<string, TensorProto>[]): void {
    this.visited.add(graph);
    const own = new Map(graph.initializer.map((t) => [t.name, t]));
    const scope = [own, ...outer];
    const find = (name: string) => scope.find((m) => m.has(name))?.get(name);
    const halve = (t: TensorProto | undefined) => {
      if (t?.dataType === DataType.FLOAT) this.halves.add(t);
    };
    for (const n of graph.node) {
      if (this.isBlocked(n, find)) continue;
      n.input.forEach((name, i) => {
        if (!this.staysFloat(n, i)) halve(find(name));
      });
      if (!this.keepsAttributes(n)) for (const body of bodies(n)) this.visit(body, scope);
    }
    if (this.options.forceFp16Initializers) graph.initializer.forEach(halve);
    // An initializer that goes straight out has the type of the output, which becomes float16.
    if (!this.options.referenceTraps && outer.length) for (const v of graph.output) halve(own.get(v.name));
  }
}
