import { type Model, mainGraph } from '../../onnx/model.ts';
import type { Calibration } from '../calibrate/types.ts';
import { QUANT } from '../ort/arithmetic.ts';
import { quantNames } from '../ort/initializer.ts';
import type { ActivationFacts } from '../types.ts';
import type { QuantizeStaticOptions } from './options.ts';
import type { CalibratedRange } from './parameters.ts';

/**
 * What the page draws of each activation that became integers: how its values lie, and where it is clipped.
 * @param ranges as the graph left them, before what the options say by hand
 * @param before the model that was calibrated @param after what became of it
 */
export function activationsOf(
  calibration: Calibration,
  ranges: ReadonlyMap<string, CalibratedRange>,
  options: QuantizeStaticOptions,
  before: Model,
  after: Model,
): ActivationFacts[] {
  const scales = new Set(mainGraph(after).initializer.map((t) => t.name));
  const maker = new Map<string, string>();
  const readers = new Map<string, string[]>();
  for (const node of mainGraph(before).node) {
    for (const name of node.output) maker.set(name, node.opType);
    for (const name of node.input) readers.set(name, [...(readers.get(name) ?? []), node.opType]);
  }
  const out: ActivationFacts[] = [];
  for (const [name, { min, max, histogram, zeros = 0 }] of calibration.tensors) {
    const found = ranges.get(name);
    if (!histogram || !found || !scales.has(quantNames(name).scale)) continue;
    const own = options.tensorQuantOverrides[name]?.[0];
    const type = own?.quantType ?? options.activationType;
    out.push({
      ...{ name, min, max, histogram, zeros, type },
      op: maker.get(name) ?? '',
      readers: readers.get(name) ?? [],
      range: found.range,
      bits: QUANT[type].bits,
      symmetric: own?.symmetric ?? options.activationSymmetric,
      fixed: own?.scale !== undefined && own.zeroPoint !== undefined,
    });
  }
  return out;
}
