/** What is worth knowing of a recipe before it runs, and the click that mends it, both by the finding's key. */
export const preflight = {
  title: 'Before it runs',
  backends: { wasm: 'WASM', webgpu: 'WebGPU', cpu: 'the processor' },
  finding: {
    refused: '{{message}} {{hint}}',
    'needs-data': 'This step calibrates: it needs data.',
    'nothing-quantized': 'Nothing in this model becomes integers with these options.',
    'runs-quantized_one': 'Runs quantized: {{ops}}',
    'runs-quantized_other': 'Run quantized: {{ops}}',
    'stays-float_one': 'Stays float: {{ops}} ({{nodes}})',
    'stays-float_other': 'Stay float: {{ops}} ({{nodes}} …)',
    'not-fused_one': 'No integer kernel for {{ops}}: it would be turned to float and back.',
    'not-fused_other': 'No integer kernels for {{ops}}: they would be turned to float and back.',
    'signed-runs-as-float_one': 'With signed activations {{ops}} runs as float.',
    'signed-runs-as-float_other': 'With signed activations {{ops}} run as floats.',
    'runs-as-float': 'No kernel computes with {{types}}: the file gets smaller, the arithmetic stays float and slower.',
    'normalization-unfolded_one':
      'A BatchNormalization stands by itself. Folded into its convolution it costs nothing.',
    'normalization-unfolded_other':
      '{{count}} BatchNormalizations stand by themselves. Folded into their convolutions they cost nothing.',
    'channels-differ_one': 'Channels of {{names}} differ so much that one scale serves the quiet ones badly.',
    'channels-differ_other':
      'In {{count}} tensors ({{names}} …) channels differ so much that one scale serves the quiet ones badly.',
    'conv-int8-needs-new-runtime_one':
      'ConvInteger with int8 weights runs on ONNX Runtime 1.30 and later only; with uint8 it runs on all.',
    'conv-int8-needs-new-runtime_other':
      '{{count}} ConvInteger with int8 weights run on ONNX Runtime 1.30 and later only; with uint8 they run on all.',
    'saturates-without-vnni_one': 'A sum may saturate on x86 processors without VNNI.',
    'saturates-without-vnni_other': 'Sums of {{count}} nodes may saturate on x86 processors without VNNI.',
    'saturates-elsewhere':
      'Exact here. Natively, on x86 processors without VNNI, sums may saturate; seven-bit weights do not.',
    'webgpu-falls-back_one': 'WebGPU has no kernel for {{ops}}: it falls back to the processor.',
    'webgpu-falls-back_other': 'WebGPU has no kernels for {{ops}}: {{count}} nodes fall back to the processor.',
    'hqq-8-bit-does-not-run': 'HQQ with 8 bits makes a model that no ONNX Runtime loads.',
    'accuracy-level-4-is-faster': 'Accuracy level 4 computes with int8 and was three times as fast at 64 rows.',
    'biases-twice':
      'Equalize corrects the biases for rounding that this step corrects again, and better: twice is worse than once.',
    'gemm-renamed': '{{name}} becomes MatMul and Add before; the list has to name the MatMul.',
    'unknown-node': 'No node is called {{name}}.',
    'speed-faster': 'Likely faster on {{backend}}: a large MatMul took {{many}} of float’s time.',
    'speed-slower':
      'Likely slower on {{backend}}: a large MatMul took {{one}} × float’s time for one row, {{many}} × for 64.',
    'speed-same': 'Likely as fast as before on {{backend}}.',
    'speed-depends': 'On {{backend}} likely slower for one row at a time ({{one}} ×), faster for many ({{many}} ×).',
    'speed-small': 'Likely not faster here: the model is so small that the added nodes take as long as they save.',
    'speed-unknown': 'Whether it is faster on {{backend}} is known after the run.',
  },
  fix: {
    'not-fused': 'Leave these float',
    'signed-runs-as-float': 'Use QUInt8 activations',
    'runs-as-float': 'Use bytes',
    'normalization-unfolded': 'Simplify first',
    'channels-differ': 'A scale per channel',
    'conv-int8-needs-new-runtime': 'Use uint8 weights',
    'saturates-without-vnni': 'Use seven bits',
    'saturates-elsewhere': 'Use seven bits',
    'webgpu-falls-back': 'Quantize in blocks instead',
    'hqq-8-bit-does-not-run': 'Use 4 bits',
    'accuracy-level-4-is-faster': 'Use level 4',
    'biases-twice': 'Correct them here only',
    'gemm-renamed': 'Correct the name',
    'unknown-node': 'Take it off the list',
    'speed-slower': 'Quantize dynamically instead',
  },
};
