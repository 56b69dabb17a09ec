export const start = {
  title: 'Drop an ONNX model anywhere',
  lead: 'See where its bytes are, prune and quantize it, judge before and after on your own data, and take the smaller model home.',
  private: 'Nothing is uploaded: the model and the data stay on this machine.',
  paste: 'Or paste files. A model with external data: drop all of its files together.',
  samples: 'Or start with a sample',
  samplesFailed: 'The samples could not be loaded. Opening your own model still works.',
  accuracy: '{{value}} right',
  accuracySeen: '{{value}} right, on images it was trained on',
  opening: 'Opening {{name}}',
};
