/** Activations: their histograms, and the ranges that calibration or a hand gives them. */
export const activations = {
  title: 'Activations that become integers',
  empty: 'Not calibrated yet',
  emptyHint:
    'Calibration runs some samples through the model. Then the values of each activation are drawn here, with the range that the integers cover.',
  calibrate: 'Calibrate',
  noData: 'Calibration needs data',
  noDataHint: 'A few hundred samples of what the model will see are enough. They need no labels.',
  none: 'No activation becomes integers with these options.',
  stale: 'Counted in the last run; the recipe has changed since.',
  input: 'input',
  byHand: 'by hand',
  xAxis: 'activation value',
  yAxis: 'values per bin',
  clip: 'Clip',
  calibrated: 'As calibrated',
  seen: 'Seen on the data',
  reset: 'As calibrated',
  col: { name: 'Activation', op: 'Made by', readers: 'Taken by', low: 'Low', high: 'High', byHand: 'Range' },
};
