/** The histogram of what weights matter (`studio/importance`). */
export const importance = {
  title: 'importance by {{by}}',
  axis: {
    magnitude: 'importance: |w|',
    gradient: 'importance: mean of (∂L/∂w)², log scale',
    taylor: 'importance: |w · ∂L/∂w|, log scale',
    wanda: 'importance: |w| · size of its input, log scale',
  },
  running: 'Measuring importance: {{done}} of {{total}} samples.',
  measure: 'Measure importance',
  again: 'Measure again',
  nothing_one: '{{n}} weight matters nothing (importance 0): it goes first, and has no place on this axis.',
  nothing_other: '{{n}} weights matter nothing (importance 0): they go first, and have no place on this axis.',
  byOutput: 'Each output channel has a cut of its own.',
  byLayer: 'Each layer has a cut of its own: pick one.',
  rounds:
    'This is the first measurement: a share is reached in {{n}} rounds, each measured anew on what is left. A threshold cuts here, at once.',
  'no-data': {
    title: 'Importance is measured on data',
    hint: 'Open samples, labelled or not: this shows how much each weight matters on them.',
    line: 'Open data and the threshold follows; until then only the share can be set.',
  },
  'unfit-data': {
    title: 'The data does not fit the model',
    hint: 'Importance is measured once it does: see the data at the left.',
    line: 'The threshold follows when the data fits the model.',
  },
  'after-run': {
    title: 'Measured after the run',
    hint: 'Steps before this one measure or learn first: what weights matter is measured on what they leave.',
    line: 'The threshold follows after the run: the steps before measure or learn first.',
  },
  soon: {
    title: 'Measuring importance…',
    hint: 'It takes a pass over the samples.',
    line: 'Measuring importance; the threshold follows.',
  },
  unasked: {
    title: 'Not measured yet',
    hint: 'The page does not run by itself now. Measuring takes a pass over the samples.',
    line: 'The threshold needs the importance measured.',
  },
  stopped: {
    title: 'Measuring was stopped',
    hint: 'The share can be set all the same; the run measures by itself.',
    line: 'Measuring was stopped.',
  },
  unreached: {
    title: 'This tensor has no importance',
    hint: 'It was measured, but the loss does not depend on this tensor in a way that can be followed, or the numbers are not finite. The step leaves it as it is.',
  },
  'none-reached': {
    title: 'No layer has importance',
    hint: 'It was measured, but the loss depends on no weight in a way that can be followed: the steps before may have made other types or operators of them. The step leaves all as they are.',
    line: 'No layer’s importance could be measured: the step leaves all as they are.',
  },
  flat: {
    title: 'Nothing matters on these samples',
    hint: 'Every importance is 0: the model is so sure of its answers that the loss does not move. Try other samples, Wanda, or magnitude.',
    line: 'Every importance is 0 on these samples, so no threshold tells weights apart.',
  },
};
