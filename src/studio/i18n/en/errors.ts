/** By error code: what happened, and what to do when the error itself brings no hint. */
export const errors = {
  'model/corrupt': {
    title: 'The model file is damaged',
    todo: 'Export or download it again. If another program opens it, please report this file.',
  },
  'model/unsupported': {
    title: 'The model uses something Pare does not know',
    todo: 'Export it with a common opset (13 to 21) and try again.',
  },
  'model/not-onnx': {
    title: 'This is not an ONNX model',
    todo: 'Pare opens .onnx files. PyTorch, TensorFlow and scikit-learn models can be exported to ONNX.',
  },
  'model/external-missing': {
    title: 'Files of the model’s external data are missing',
    todo: 'Drop the .onnx file and its data files together.',
  },
  'model/external-invalid': {
    title: 'The model’s external data does not fit',
    todo: 'Drop the data file that was saved together with this model.',
  },
  'model/limit': {
    title: 'The model passes a safety limit',
    todo: 'The limits guard the browser. The command line reads the same file with the same limits; check the file first.',
  },
  'data/unreadable': {
    title: 'The data could not be read',
    todo: 'Check that the file opens elsewhere. Pare reads npz, IDX, CSV and folders or zips of PNG and JPEG.',
  },
  'data/shape-mismatch': {
    title: 'The data does not fit the model’s input',
    todo: 'Change the size or the layout under “How samples become input”, or open other data.',
  },
  'data/label-range': {
    title: 'Labels do not fit the model’s answers',
    todo: 'The labels must count from 0 to the number of classes minus 1.',
  },
  'data/limit': { title: 'The data passes a safety limit', todo: 'Open a smaller part of it.' },
  'data/missing': {
    title: 'This step needs data',
    todo: 'Open a few hundred samples of what the model will see.',
  },
  'recipe/invalid': {
    title: 'The recipe is not valid',
    todo: 'The message names the place. The recipe on the page is unchanged.',
  },
  'recipe/not-applicable': {
    title: 'A step cannot be applied to this model',
    todo: 'Change or remove the step that is named.',
  },
  'recipe/model-missing': {
    title: 'A step asks for another model',
    todo: 'Drop the file that it names at the step.',
  },
  'memory/exhausted': {
    title: 'The browser ran out of memory',
    todo: 'Close other tabs and try again, or use the command line, which has more memory.',
  },
  'runtime/failed': {
    title: 'ONNX Runtime could not run the model',
    todo: 'The model stays open: it can still be seen and compressed. Try the other backend to measure.',
  },
  'runtime/unsupported-op': {
    title: 'ONNX Runtime has no such operator here',
    todo: 'The model stays open: it can still be seen and compressed, only not measured in this browser.',
  },
  'runtime/unavailable': {
    title: 'ONNX Runtime could not start',
    todo: 'Reload the page. Without a network it works only once its files have been cached.',
  },
  'worker/died': {
    title: 'A background worker stopped',
    todo: 'It has been started anew and nothing is lost; learning goes on from its last checkpoint. Try again; with a very large model, close other tabs first.',
  },
  'storage/failed': {
    title: 'The browser could not store this',
    todo: 'Free some space, or allow this site to store data. The page works on, but a reload will forget.',
  },
  usage: { title: 'That does not work here', todo: 'See the message.' },
  cancelled: { title: 'Cancelled', todo: 'Nothing was changed.' },
  internal: {
    title: 'Something unexpected happened',
    todo: 'Nothing is lost. Copy this message if you report it, and try again.',
  },
};
