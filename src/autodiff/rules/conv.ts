import { range, reduceSum } from '../arithmetic.ts';
import type { Rule } from '../tape.ts';
import { convGradInput } from './convInput.ts';
import { convGradWeight } from './convWeight.ts';
import { geometryOf } from './geometry.ts';

/** Any number of spatial axes, groups, strides, dilations and paddings. */
export const conv: Rule = (c) => {
  const { tape: t, inputs, outputs, dy } = c;
  const [x, w, b] = inputs;
  const spatial = t.dims(x).slice(2);
  const g = geometryOf(c, t.dims(w).slice(2), spatial, t.dims(outputs[0]).slice(2));
  return [
    c.needs(0) ? convGradInput(t, dy[0]!, w, t.dims(x), g) : undefined,
    c.needs(1) ? convGradWeight(t, x, dy[0]!, t.dims(w), g) : undefined,
    b && c.needs(2) ? reduceSum(t, dy[0]!, [0, ...range(spatial.length, 2)], false) : undefined,
  ];
};
