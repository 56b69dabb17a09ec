import { create } from '@bufbuild/protobuf';
import { PareError } from '../../base/errors.ts';
import { type AttributeValue, node as makeNode } from '../build.ts';
import { irVersionFor } from '../irVersions.ts';
import { type Model, opsetOf } from '../model.ts';
import {
  copyWith,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type OperatorSetIdProto,
  OperatorSetIdProtoSchema,
} from '../proto.ts';
import { Facts } from './facts.ts';
import { type Context, Obstacle } from './rules.ts';
import { CHANGES, HIGHEST_OPSET, LOWEST_OPSET } from './table.ts';
import { VERSIONS } from './versions.ts';

const isDefault = (domain: string) => domain === '' || domain === 'ai.onnx';

function versionOf(imports: readonly OperatorSetIdProto[]): number {
  return Number(imports.find((o) => isDefault(o.domain))?.version ?? 0n);
}

function withVersion(imports: readonly OperatorSetIdProto[], domain: string, version: number): OperatorSetIdProto[] {
  const same = (d: string) => d === domain || (isDefault(d) && isDefault(domain));
  const out = imports.map((o) => (same(o.domain) ? copyWith(o, { version: BigInt(version) }) : o));
  if (!imports.some((o) => same(o.domain))) {
    out.push(create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }));
  }
  return out;
}

function obstacle(node: NodeProto, target: number, why: string): PareError {
  const where = node.name || node.output.find((o) => o) || node.opType;
  return new PareError(
    'recipe/not-applicable',
    `Node "${where}" (${node.opType}) keeps the model from opset ${target}: ${why}.`,
    { where, hint: 'Choose an encoding that needs no newer opset, or export the model with a newer opset.' },
  );
}

/** The nodes of one scope, converted one version at a time, subgraphs inside them included. */
function raiseNodes(nodes: readonly NodeProto[], from: number, target: number, facts: Facts): NodeProto[] {
  const out: NodeProto[] = [];
  for (const original of nodes) {
    let node = original;
    const ctx: Context = {
      facts,
      constant(n, what, tensor) {
        const name = facts.fresh(`${n.output.find((o) => o) ?? n.opType}_${what}`);
        const value = tensor(name);
        facts.add(name, value);
        out.push(makeNode('Constant', [], [name], { value: { tensor: value } }));
        return name;
      },
      before(opType, input, what, attributes: Record<string, AttributeValue> = {}) {
        const name = facts.fresh(`${node.output.find((o) => o) ?? node.opType}_${what}`);
        out.push(makeNode(opType, input, [name], attributes));
        return name;
      },
    };
    if (isDefault(node.domain)) {
      const known = VERSIONS[node.opType];
      if (!known || known[0] > from) throw obstacle(node, target, `it is no operator of opset ${from}`);
      for (let version = from + 1; version <= target; version++) {
        if (!VERSIONS[node.opType].includes(version)) continue;
        const rule = CHANGES[version]?.[node.opType];
        if (rule === undefined) throw obstacle(node, target, `its change at opset ${version} is not known`);
        if (rule === 'same') continue;
        try {
          node = rule(node, ctx);
        } catch (error) {
          throw error instanceof Obstacle ? obstacle(original, target, error.message) : error;
        }
      }
    }
    if (node.attribute.some((a) => a.g || a.graphs.length)) {
      const inner = (g: GraphProto) => copyWith(g, { node: raiseNodes(g.node, from, target, facts) });
      const attribute = node.attribute.map((a) => {
        if (a.g) return copyWith(a, { g: inner(a.g) });
        return a.graphs.length ? copyWith(a, { graphs: a.graphs.map(inner) }) : a;
      });
      node = copyWith(node, { attribute });
    }
    out.push(node);
  }
  return out;
}

/**
 * The same model in a newer opset of the default domain: every node that changed in between is converted so that it computes
 * the same, subgraphs and functions included, and the IR version is raised as far as the opset asks. A model that has the opset
 * already is given back as it is.
 * @param target 8 … 25
 * @throws PareError `recipe/not-applicable`, naming the node in the way, when one cannot keep its meaning
 */
export function raiseOpset(model: Model, target: number): Model {
  const current = opsetOf(model);
  const behind = model.proto.functions.some((f) => f.opsetImport.length > 0 && versionOf(f.opsetImport) < target);
  if (current >= target && !behind) return model;
  if (current < LOWEST_OPSET || target > HIGHEST_OPSET) {
    throw new PareError(
      'recipe/not-applicable',
      `The model is of opset ${current}; Pare raises opsets ${LOWEST_OPSET} to ${HIGHEST_OPSET}, not to ${target}.`,
      { hint: 'Export the model with a newer opset.' },
    );
  }
  const { proto } = model;
  if (proto.trainingInfo.length > 0) {
    throw new PareError('recipe/not-applicable', 'The model carries training graphs, whose opset is not raised.', {
      hint: 'Export it for inference.',
    });
  }
  const facts = new Facts(proto);
  const graph = proto.graph && copyWith(proto.graph, { node: raiseNodes(proto.graph.node, current, target, facts) });
  const functions = proto.functions.map((f) => {
    const from = versionOf(f.opsetImport);
    // A function that imports no default opset has no such nodes to raise.
    if (from === 0 || from >= target) return f;
    return copyWith(f, {
      node: raiseNodes(f.node, from, target, facts),
      opsetImport: withVersion(f.opsetImport, '', target),
    });
  });
  const ir = BigInt(irVersionFor(target));
  const raised = copyWith<ModelProto>(proto, {
    functions,
    opsetImport: withVersion(proto.opsetImport, '', Math.max(current, target)),
    irVersion: proto.irVersion < ir ? ir : proto.irVersion,
    ...(graph && { graph }),
  });
  return { ...model, proto: raised };
}

/** The model with the opset of another domain stated, such as `com.microsoft` 1. Never lowers a version. */
export function importDomain(model: Model, domain: string, version: number): Model {
  if (opsetOf(model, domain) >= version) return model;
  const opsetImport = withVersion(model.proto.opsetImport, domain, version);
  return { ...model, proto: copyWith<ModelProto>(model.proto, { opsetImport }) };
}
