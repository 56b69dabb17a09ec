import { PareError } from '../base/errors.ts';
import type { ByteSource } from '../base/source.ts';
import { decodeModel, STRUCTURE_SLACK } from './decode.ts';
import { elementCount } from './dtypes.ts';
import { externalFinder, externalLocation, externalPayload, isExternal } from './external.ts';
import type { Model } from './model.ts';
import { type Payload, withPayload } from './payload.ts';
import { copyWith, type ModelProto, type TensorProto } from './proto.ts';
import { beginsLikeOnnx, HEAD_BYTES, recognise } from './recognise.ts';
import { type Skeleton, scan } from './scan.ts';
import { MARKER_FIELD } from './tree.ts';
import { mapModel } from './visit.ts';

/** Finds an external-data file by the relative path that the model names; undefined when there is none. */
export type OpenExternal = (location: string) => Promise<ByteSource | undefined>;

/** A model of one file per tensor has thousands; more than this is meant to exhaust file handles. */
const MAX_EXTERNAL_FILES = 16_384;

function hasNumbers(t: TensorProto): boolean {
  const lists = [t.floatData, t.int32Data, t.int64Data, t.doubleData, t.uint64Data, t.stringData];
  return t.rawData.length > 0 || lists.some((l) => l.length > 0);
}

/** Takes the marker out of a tensor's unknown fields and puts the payload it stands for in its place. */
function takeMarker(tensor: TensorProto, { markers, payloads }: Skeleton): TensorProto {
  if (!tensor.$unknown) return tensor;
  const found: Payload[] = [];
  const rest = tensor.$unknown.filter((u) => {
    // An unknown field's data starts with its length, one byte for a marker's.
    const index = u.no === MARKER_FIELD ? markers.index(u.data.subarray(1)) : undefined;
    if (index === undefined) return true;
    found.push(payloads[index]);
    return false;
  });
  if (found.length === 0) return tensor;
  if (found.length > 1 || hasNumbers(tensor) || isExternal(tensor)) {
    throw new PareError('model/unsupported', `Tensor "${tensor.name}" has its numbers in several places.`, {
      where: tensor.name,
      hint: 'Protobuf allows a field in pieces, but no ONNX exporter writes one so. Export the model again.',
    });
  }
  return withPayload(copyWith(tensor, { $unknown: rest.length ? rest : undefined }), found[0]);
}

/**
 * Opens a model. Only its structure is read; tensors of 4 KiB and more stay where they are.
 * @param source the .onnx file
 * @param others files opened along with it, among which external data is looked up by name, or a function that finds it
 * @throws PareError `model/not-onnx`, `model/corrupt`, `model/unsupported`, `model/limit`, `model/external-missing`,
 * `model/external-invalid`
 */
export async function readModel(source: ByteSource, others: readonly ByteSource[] | OpenExternal = []): Promise<Model> {
  let skeleton: Skeleton;
  let proto: ModelProto;
  try {
    skeleton = await scan(source);
    proto = decodeModel(skeleton.bytes, source.name, 3 * source.size + STRUCTURE_SLACK);
  } catch (error) {
    throw await notOnnx(source, error);
  }
  const { graph, opsetImport } = proto;
  if (!graph || (graph.node.length === 0 && graph.output.length === 0 && opsetImport.length === 0)) {
    throw await notOnnx(source, undefined);
  }
  const locations = new Set<string>();
  proto = mapModel(proto, {
    tensor(t) {
      const tensor = takeMarker(t, skeleton);
      // Everyone who lists a tensor counts its elements.
      elementCount(tensor.dims, tensor.name);
      if (isExternal(tensor)) locations.add(externalLocation(tensor));
      return tensor;
    },
  });
  const files = await openAll(
    [...locations],
    typeof others === 'function' ? others : externalFinder(others, source.name),
  );
  if (files.size > 0) {
    proto = mapModel(proto, {
      tensor: (t) => (isExternal(t) ? withPayload(t, externalPayload(t, files)) : t),
    });
  }
  const bytes = [...new Set(files.values())].reduce((n, f) => n + f.size, source.size);
  return { name: source.name.split('/').pop()!, proto, bytes, external: [...locations] };
}

async function openAll(
  locations: readonly string[],
  find: (location: string) => ByteSource | undefined | Promise<ByteSource | undefined>,
): Promise<Map<string, ByteSource>> {
  if (locations.length > MAX_EXTERNAL_FILES) {
    throw new PareError('model/limit', `The weights are in ${locations.length} files; ${MAX_EXTERNAL_FILES} are read.`);
  }
  const files = new Map<string, ByteSource>();
  for (const location of locations) {
    const file = await find(location);
    if (!file) {
      const more = locations.length > 1 ? ` (one of ${locations.length} such files)` : '';
      throw new PareError(
        'model/external-missing',
        `The weights are in another file, "${location}"${more}, which was not opened.`,
        { where: location, hint: `Open the model together with "${location}".` },
      );
    }
    files.set(location, file);
  }
  return files;
}

/** The error to show when a file could not be taken for a model: what it is instead, where that can be told. */
async function notOnnx(source: ByteSource, error: unknown): Promise<unknown> {
  if (error !== undefined && !(error instanceof PareError)) return error;
  if (error && error.code !== 'model/corrupt' && error.code !== 'model/limit') return error;
  const head = await source.read(0, Math.min(HEAD_BYTES, source.size));
  const known = recognise(head, source.name);
  if (known) {
    return new PareError('model/not-onnx', `${source.name} is ${known.what}.`, {
      where: source.name,
      hint: known.hint,
      cause: error,
    });
  }
  if (error && (error.code === 'model/limit' || beginsLikeOnnx(head))) return error;
  return new PareError('model/not-onnx', `${source.name} is not an ONNX model, or is damaged.`, {
    where: source.name,
    hint: 'Pare opens .onnx files. From PyTorch: torch.onnx.export; from TensorFlow: tf2onnx.',
    cause: error,
  });
}
