import { PareError } from '../base/errors.ts';
import { samplesFor } from './batches.ts';
import { planGeometry } from './geometry.ts';
import { STORED } from './presets.ts';
import type { Dataset, InputSpec, Preprocess } from './types.ts';

/** How many classes an output of these dims tells apart; `null` when the dims do not say or it is no classifier's. */
export function classCount(outputDims: readonly (number | null)[]): number | null {
  const [classes, ...rest] = outputDims.slice(1);
  // Some classifiers end in N×C×1×1.
  return classes === undefined || rest.some((d) => d !== 1) ? null : classes;
}

/**
 * Refuses data that a model cannot be judged on, before anything runs.
 * @param outputDims the model's first output, batch first; `null` entries are free
 * @throws PareError `data/shape-mismatch`, saying both shapes; `data/label-range`, saying the first row at fault
 */
export function checkAgainstModel(
  dataset: Dataset,
  spec: InputSpec | readonly InputSpec[],
  outputDims: readonly (number | null)[],
  preprocess?: Preprocess,
): void {
  const specs: readonly InputSpec[] = 'dims' in spec ? [spec] : spec;
  for (const one of specs) {
    const samples = samplesFor(dataset, one, specs.length);
    // Image files are always resized to the model; arrays only when asked.
    const fallback =
      samples.sampleDims === null ? { ...STORED, resize: { ...STORED.resize, mode: 'stretch' as const } } : STORED;
    planGeometry(samples, one, preprocess ?? fallback);
  }
  checkLabels(dataset, classCount(outputDims));
}

function checkLabels(dataset: Dataset, outputs: number | null): void {
  const { labels, classes, name } = dataset;
  if (!labels) return;
  // A single output is a yes or no: two classes.
  const count = outputs === 1 ? 2 : outputs;
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row];
    if (label >= 0 && (count === null || label < count)) continue;
    const shown = classes?.[label] === undefined ? String(label) : `${label} (${classes[label]})`;
    throw new PareError(
      'data/label-range',
      count === null
        ? `${name}: sample ${row} has label ${shown}; classes are counted from 0.`
        : `${name}: sample ${row} has label ${shown}, and the model knows ${count} classes, 0…${count - 1}.`,
      {
        where: name,
        hint:
          label === count && !labels.includes(0)
            ? 'The labels seem to count from 1. Subtract 1 from each.'
            : 'Check that these labels are of the classes the model was trained on, counted from 0.',
      },
    );
  }
}
