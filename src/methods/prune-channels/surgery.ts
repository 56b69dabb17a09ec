import { rawBytes } from '../../onnx/dtypes.ts';
import type { Model } from '../../onnx/model.ts';
import { computedPayload } from '../../onnx/payload.ts';
import { copyWith, type GraphProto, type TensorProto, type ValueInfoProto } from '../../onnx/proto.ts';
import { dimsOf, makeTensor, rawNow, readRaw } from '../../onnx/tensor.ts';
import { storeModel } from '../simplify/store.ts';
import { Cut } from './cut.ts';
import type { Analysis } from './groups.ts';
import { type Keep, takeIndices } from './slices.ts';

/** A constant and what is left of it. */
export interface Sliced {
  readonly before: TensorProto;
  /** For each axis the indices that stay; undefined for all of them. */
  readonly keep: Keep;
  readonly after: TensorProto;
}

export interface CutModel {
  readonly model: Model;
  /** The constants that changed, by name. */
  readonly tensors: ReadonlyMap<string, Sliced>;
}

/** A tensor without some of its indices; small ones at once, the rest when they are read. */
function sliced(name: string, before: TensorProto, keep: Keep): TensorProto {
  const dims = dimsOf(before);
  const left = dims.map((d, k) => keep[k]?.length ?? d);
  const size = rawBytes(
    before.dataType,
    left.reduce((a, b) => a * b, 1),
  );
  const width =
    size /
    Math.max(
      1,
      left.reduce((a, b) => a * b, 1),
    );
  const take = (raw: Uint8Array<ArrayBuffer>) => takeIndices(raw, dims, keep, width);
  const raw = rawNow(before);
  return makeTensor(
    name,
    before.dataType,
    left,
    raw ? take(raw) : computedPayload(size, async () => take(await readRaw(before))),
  );
}

/** Dims that a graph states for values whose axes were cut. */
function restate(graph: GraphProto, analysis: Analysis, cut: Cut): GraphProto {
  const { tracker } = analysis;
  const update = (v: ValueInfoProto): ValueInfoProto => {
    const type = v.type?.value;
    const dims = type?.case === 'tensorType' ? type.value.shape?.dim : undefined;
    if (type?.case !== 'tensorType' || !dims) return v;
    const axes = tracker.axesOf.get(v.name) ?? (tracker.isConstant(v.name) ? tracker.axes(v.name) : undefined);
    if (axes?.length !== dims.length) return v;
    let changed = false;
    const next = dims.map((d, k) => {
      const axis = axes[k];
      const left = axis ? cut.count(axis) : 0;
      if (!axis || left === axis.length) return d;
      changed = true;
      return copyWith(d, { value: { case: 'dimValue', value: BigInt(left) } });
    });
    if (!changed) return v;
    const shape = copyWith(type.value.shape!, { dim: next });
    const value = { case: 'tensorType' as const, value: copyWith(type.value, { shape }) };
    return copyWith(v, { type: copyWith(v.type!, { value }) });
  };
  return copyWith(graph, { input: graph.input.map(update), valueInfo: graph.valueInfo.map(update) });
}

/**
 * The model without the channels of these classes: constants sliced, attributes and shapes told. What it computes is what the
 * model computes when nothing takes anything of those channels. Uses the analysis up.
 * @param gone by channel, in the analysis's order: 1 for those that go
 */
export function cutChannels(analysis: Analysis, gone: Uint8Array): CutModel {
  const { model, work, tracker, roots } = analysis;
  const { labels, main } = tracker;
  const cut = new Cut(work, labels, new Set(roots.filter((_, i) => gone[i] === 1)));
  for (const { op, axes, apply } of tracker.edits) {
    if (!op.dead && axes.some((axis) => axis && cut.count(axis) < axis.length)) apply(cut);
  }
  const keeps = new Map<string, Keep>();
  for (const { tensor, axis } of labels.origins) {
    const indices = cut.indices(tracker.axis(tensor, axis));
    if (!indices) continue;
    const keep = keeps.get(tensor) ?? [];
    keep[axis] = indices;
    keeps.set(tensor, keep);
  }
  const tensors = new Map<string, Sliced>();
  for (const [name, keep] of keeps) {
    const before = work.constant(main, name);
    if (!before) continue;
    const after = sliced(name, before, keep);
    tensors.set(name, { before, keep, after });
    const maker = main.producer.get(name);
    if (maker) work.becomeConstant(maker, [after]);
    else main.constants.set(name, after);
  }
  const stored = storeModel(model, work);
  if (stored === model) return { model, tensors };
  const graph = restate(stored.proto.graph!, analysis, cut);
  return { model: { ...stored, proto: copyWith(stored.proto, { graph }) }, tensors };
}
