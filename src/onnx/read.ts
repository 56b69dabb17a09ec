import { fromBinary } from '@bufbuild/protobuf';
import { PareError } from '../base/errors.ts';
import type { ByteSource } from '../base/source.ts';
import { externalLocation, externalPayload, isExternal } from './external.ts';
import type { Model } from './model.ts';
import { type Payload, withPayload } from './payload.ts';
import { copyWith, ModelProtoSchema, type TensorProto } from './proto.ts';
import { type Skeleton, scan } from './scan.ts';
import { MARKER_FIELD } from './tree.ts';
import { mapModel } from './visit.ts';

/** Takes the marker out of a tensor's unknown fields and hands back the payload it stands for. */
function takeMarker(tensor: TensorProto, { markers, payloads }: Skeleton): [TensorProto, Payload | undefined] {
  let found: Payload | undefined;
  const rest = (tensor.$unknown ?? []).filter((u) => {
    if (u.no !== MARKER_FIELD) return true;
    // An unknown field's data starts with its length, one byte for a marker's.
    const index = markers.index(u.data.subarray(1));
    if (index === undefined) return true;
    if (found) {
      throw new PareError('model/corrupt', `Tensor "${tensor.name}" has its numbers twice.`, { where: tensor.name });
    }
    found = payloads[index];
    return false;
  });
  return found ? [copyWith(tensor, { $unknown: rest.length ? rest : undefined }), found] : [tensor, undefined];
}

/**
 * Opens a model. Only its structure is read; tensors of 4 KiB and more stay where they are.
 * @param source the .onnx file
 * @param others files opened along with it, by name; external data is looked up among them
 * @throws PareError `model/not-onnx`, `model/corrupt`, `model/limit`, `model/external-missing`, `model/external-invalid`
 */
export async function readModel(source: ByteSource, others: readonly ByteSource[] = []): Promise<Model> {
  const skeleton = await scan(source).catch((error) => {
    throw source.size < 16 || !(error instanceof PareError) || error.code === 'model/corrupt'
      ? notOnnx(source, error)
      : error;
  });
  let proto: Model['proto'];
  try {
    proto = fromBinary(ModelProtoSchema, skeleton.bytes);
  } catch (cause) {
    throw notOnnx(source, cause);
  }
  if (
    !proto.graph ||
    (proto.graph.node.length === 0 && proto.graph.output.length === 0 && proto.opsetImport.length === 0)
  ) {
    throw notOnnx(source, undefined);
  }
  const files = new Map(others.map((f) => [f.name, f]));
  const used = new Set<string>();
  proto = mapModel(proto, {
    tensor(t) {
      const [tensor, payload] = takeMarker(t, skeleton);
      if (payload) return withPayload(tensor, payload);
      if (!isExternal(tensor)) return tensor;
      used.add(externalLocation(tensor));
      return withPayload(tensor, externalPayload(tensor, files));
    },
  });
  const external = [...used];
  const bytes = external.reduce(
    (n, name) => n + (files.get(name) ?? files.get(name.split('/').pop()!))!.size,
    source.size,
  );
  return { name: source.name.split('/').pop()!, proto, bytes, external };
}

function notOnnx(source: ByteSource, cause: unknown): PareError {
  if (cause instanceof PareError && /cut short/.test(cause.message)) return cause;
  return new PareError('model/not-onnx', `${source.name} is not an ONNX model, or is damaged.`, {
    where: source.name,
    hint: 'Pare opens .onnx files. From PyTorch: torch.onnx.export; from TensorFlow: tf2onnx.',
    cause,
  });
}
