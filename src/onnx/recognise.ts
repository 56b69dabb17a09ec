/** Formats that people drop by mistake, by their first bytes. */

const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes);

const EXPORT = 'Pare opens .onnx files. From PyTorch: torch.onnx.export; from TensorFlow and TFLite: tf2onnx.';

/** Each format: how its first bytes (as Latin-1) look, what it is called, and what to do. In order. */
const FORMATS: readonly [test: (head: string, name: string) => boolean, what: string, hint: string][] = [
  [(h) => h === '', 'an empty file', 'Download or export it again.'],
  [
    (h) => h.startsWith('version https://git-lfs.github.com/spec/'),
    'a Git LFS pointer, not the file it points to',
    'Run "git lfs pull", or download the file itself from the repository\'s page.',
  ],
  [
    (h) => /^(\xef\xbb\xbf)?\s*<(!doctype html|html|head|!--)/i.test(h),
    'a web page saved under this name',
    'Use the download link of the file itself, not that of the page that shows it.',
  ],
  [
    (h) => h.slice(4, 8) === 'ORTM',
    "in ONNX Runtime's own .ort format",
    'Open the .onnx model that it was converted from.',
  ],
  [(h) => h.slice(4, 8) === 'TFL3', 'a TensorFlow Lite model', 'Convert it: python -m tf2onnx.convert --tflite.'],
  [
    (h) => h.startsWith('PK\x03\x04') && /\.pkl|\/version|byteorder|constants\.pkl|\.pth?|\/data\//.test(h),
    'a PyTorch checkpoint',
    'Load it in PyTorch and export it: torch.onnx.export.',
  ],
  [(h, n) => h.startsWith('PK\x03\x04') && n.endsWith('.keras'), 'a Keras model', EXPORT],
  [(h) => h.startsWith('PK\x03\x04'), 'a ZIP archive', 'Unpack it and open the .onnx file in it.'],
  [
    (h) => /^[^\0][\s\S]{0,6}\0/.test(h) && /^\{\s*"/.test(h.slice(8)),
    'a safetensors file, which holds weights without a graph',
    'Load it into its model and export that: torch.onnx.export, or optimum-cli export onnx.',
  ],
  [
    (h) => h.startsWith('GGUF'),
    'a GGUF model of llama.cpp',
    'Start from the original model and export it: optimum-cli export onnx.',
  ],
  [(h) => h.startsWith('\x89HDF\r\n\x1a\n'), 'an HDF5 file, as Keras writes', EXPORT],
  [
    (h, n) => h.startsWith('\x80') && h.charCodeAt(1) <= 5 && (h.includes('l\xfc\x9cF') || /\.(pth?|pkl|bin)$/.test(n)),
    'a Python pickle, as old PyTorch checkpoints are',
    'Load it in PyTorch and export it: torch.onnx.export.',
  ],
  [(h) => h.startsWith('\x93NUMPY'), 'a NumPy array', 'Open it as data, beside a model.'],
  [(h) => h.startsWith('\x1f\x8b'), 'a gzip archive', 'Unpack it first.'],
  [(h) => h.startsWith('<?xml'), 'an XML file', EXPORT],
  [(h) => /^\s*[{[]\s*["{[]/.test(h), 'a JSON file', EXPORT],
  [(_, n) => n.endsWith('.pb'), 'not ONNX, but perhaps a TensorFlow graph', 'Convert it: python -m tf2onnx.convert.'],
];

/** How many of a file's first bytes `recognise` wants. */
export const HEAD_BYTES = 512;

/** What a file that is no ONNX model is, and what to do about it. @param head its first bytes */
export function recognise(head: Uint8Array, name: string): { what: string; hint: string } | undefined {
  const text = latin1(head.subarray(0, HEAD_BYTES));
  const found = FORMATS.find(([test]) => test(text, name.toLowerCase()));
  return found && { what: found[1], hint: found[2] };
}

/** Whether a file begins as every ONNX exporter begins: with ir_version, field 1, a small number. */
export function beginsLikeOnnx(head: Uint8Array): boolean {
  return head.length > 2 && head[0] === 8 && head[1] > 0 && head[1] < 128;
}
