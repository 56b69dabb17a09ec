import type { LayerFacts } from '../methods/types.ts';
import { dtypeName } from '../onnx/dtypes.ts';
import type { Model } from '../onnx/model.ts';
import { dimsOf, storedBytes } from '../onnx/tensor.ts';
import { isCompressible, listWeights, type Use, type Weight } from '../onnx/weights.ts';

/** A tensor as the layer table and `pare inspect` list it. Structured-cloneable. */
export interface Layer extends LayerFacts {
  /** Where the numbers are: an initializer, a Constant node, a sparse initializer. */
  place: Weight['place'];
  uses: readonly Use[];
  /** Whether methods act on it by default. */
  compressible: boolean;
}

/** One weight as a layer, without its sketch. */
export function layerOf(weight: Weight): Layer {
  const { tensor } = weight;
  return {
    id: weight.id,
    name: weight.name,
    role: weight.role,
    dims: dimsOf(tensor),
    dtype: dtypeName(tensor.dataType ?? 0),
    bytes: storedBytes(tensor),
    ...(weight.channelAxis !== undefined && { channelAxis: weight.channelAxis }),
    place: weight.place,
    uses: weight.uses,
    compressible: isCompressible(weight),
  };
}

/** Every tensor constant of the model, in file order. */
export function layersOf(model: Model): Layer[] {
  return listWeights(model.proto).map(layerOf);
}
