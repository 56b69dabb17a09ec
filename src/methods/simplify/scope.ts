import type { AttributeProto, GraphProto, NodeProto, TensorProto } from '../../onnx/proto.ts';

/** A node that can be changed. Rules change nodes where they stand, so that their order stays topological. */
export class Op {
  type: string;
  readonly domain: string;
  inputs: string[];
  outputs: string[];
  attribute: AttributeProto[];
  dead = false;
  queued = false;
  /** The node's subgraphs, in the order of its attributes. */
  readonly inner: Scope[] = [];

  constructor(
    readonly proto: NodeProto,
    readonly scope: Scope,
    /** Position in the graph, which is that of makers before takers. */
    readonly index: number,
  ) {
    this.type = proto.opType;
    this.domain = proto.domain === 'ai.onnx' ? '' : proto.domain;
    this.inputs = [...proto.input];
    this.outputs = [...proto.output];
    this.attribute = proto.attribute;
  }

  /** The operator of ONNX's own domain, else ''. */
  get op(): string {
    return this.domain === '' ? this.type : '';
  }

  /** As a message, for the readers of attributes. */
  get node(): NodeProto {
    return this as unknown as NodeProto;
  }
}

/** One graph: the main one or a subgraph. Names are looked up here first, then in the graphs around it. */
export class Scope {
  readonly ops: Op[] = [];
  readonly producer = new Map<string, Op>();
  readonly constants = new Map<string, TensorProto>();
  /** Values that are neither constants nor made by a node: inputs, defaults that a caller may replace, sparse initializers. */
  readonly given = new Set<string>();
  /** Values that have to keep their names: outputs. */
  readonly pinned = new Set<string>();
  /** Who takes each value that is defined here, nodes of subgraphs included; once for each input that does. */
  readonly uses = new Map<string, Map<Op, number>>();

  constructor(
    readonly graph: GraphProto,
    readonly parent?: Scope,
  ) {}

  /** Who takes a value, to add to. */
  usersOf(name: string): Map<Op, number> {
    let users = this.uses.get(name);
    if (!users) {
      users = new Map();
      this.uses.set(name, users);
    }
    return users;
  }

  defines(name: string): boolean {
    return this.producer.has(name) || this.constants.has(name) || this.given.has(name);
  }
}
