/** The chart of singular values (`studio/picture/SpectrumPicture.tsx`). */
export const spectrum = {
  rank: 'rank',
  value: 'singular value (log scale)',
  kept: 'energy kept',
  largest: 'up to here bytes are saved',
  reading: 'Rank {{rank}} of {{full}} keeps {{kept}} of the energy, SQNR {{sqnr}}; {{before}} → {{after}}.',
  over: 'Above rank {{largest}} two tensors take no less than one: the layer stays as it is.',
  never: 'At no rank do two tensors take less than one: the layer stays as it is.',
  compute: 'Compute them',
  running: { title: 'Computing singular values…', hint: 'A large matrix takes some seconds.' },
  unasked: {
    title: 'Singular values of a large matrix',
    hint: 'They take from some seconds to half a minute. The slider works without them.',
  },
  'after-run': {
    title: 'Computed after the run',
    hint: 'Steps before this one measure or learn first: the singular values are those of what they leave.',
  },
  left: {
    title: 'This layer is left as it is',
    hint: 'When the step comes to it, the steps before have made something else of it, or no rank saves bytes.',
  },
  flat: { title: 'All weights are zero', hint: 'A matrix of zeros has no singular values to draw.' },
};
