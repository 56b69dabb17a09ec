/** Phases of long tasks by the key that the engine gives. */
export const progress = {
  read: 'Reading',
  sketch: 'Reading weights',
  step: 'Compressing',
  importance: 'Measuring importance',
  calibrate: 'Calibrating on data',
  correct: 'Correcting biases',
  simplify: 'Simplifying',
  equalize: 'Evening out channels',
  write: 'Writing the model',
  load: 'Loading the models',
  judge: 'Measuring',
  'compare-backends': 'Comparing backends',
  latency: 'Timing',
  gzip: 'Counting bytes after gzip',
  data: 'Reading data',
  working: 'Working',
};
