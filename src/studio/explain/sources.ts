import type { Topic } from './topics.ts';

const JACOB =
  'Jacob et al. 2018, Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference (arXiv:1712.05877), §2.1';
const WHITEPAPER = 'Nagel et al. 2021, A White Paper on Neural Network Quantization (arXiv:2106.08295)';
const KRISHNAMOORTHI =
  'Krishnamoorthi 2018, Quantizing Deep Convolutional Networks for Efficient Inference (arXiv:1806.08342)';
const HAN =
  'Han, Pool, Tran & Dally 2015, Learning both Weights and Connections for Efficient Neural Networks (arXiv:1506.02626), §3';
const NAGEL =
  'Nagel et al. 2019, Data-Free Quantization through Weight Equalization and Bias Correction (arXiv:1906.04721)';
const DEEP = 'Han, Mao & Dally 2016, Deep Compression (arXiv:1510.00149)';

/** Where each comes from: papers and standards keep their own titles in every language. */
export const sources: Partial<Record<Topic, readonly string[]>> = {
  pruneWeights: [HAN, 'LeCun, Denker & Solla 1989, Optimal Brain Damage'],
  sparsity: ['Zhu & Gupta 2017, To Prune, or Not to Prune (arXiv:1710.01878)'],
  threshold: [HAN],
  scope: ['Blalock et al. 2020, What Is the State of Neural Network Pruning? (arXiv:2003.03033)'],
  importance: [
    HAN,
    'Theis et al. 2018, Faster Gaze Prediction with Dense Networks and Fisher Pruning (arXiv:1801.05787)',
    'Molchanov et al. 2017, Pruning Convolutional Neural Networks for Resource Efficient Inference (arXiv:1611.06440)',
    'Sun et al. 2023, A Simple and Effective Pruning Approach for Large Language Models (arXiv:2306.11695)',
  ],
  pattern: ['Mishra et al. 2021, Accelerating Sparse Deep Neural Networks (arXiv:2104.08378)'],
  quantizeWeights: [JACOB, WHITEPAPER],
  bits: ['Bennett 1948, Spectra of Quantized Signals', `${WHITEPAPER}, §2`],
  scheme: [`${WHITEPAPER}, §2.2`],
  symmetric: [`${WHITEPAPER}, §2.2`, 'ONNX QuantizeLinear'],
  asymmetric: [JACOB, 'ONNX QuantizeLinear'],
  codebook: [`${DEEP}, §3`, 'Wang & Song 2011, Ckmeans.1d.dp, The R Journal 3/2'],
  scale: [JACOB],
  zeroPoint: [JACOB],
  granularity: [KRISHNAMOORTHI, 'Dettmers & Zettlemoyer 2023, The Case for 4-bit Precision (arXiv:2212.09720)'],
  range: [
    'Banner et al. 2019, Post Training 4-bit Quantization of Convolutional Networks (arXiv:1810.05723)',
    `${WHITEPAPER}, §3.1`,
  ],
  encoding: ['ONNX operators DequantizeLinear (opset 10, 13, 21), BitShift, Gather'],
  float16: ['IEEE 754-2008, binary16', 'Micikevicius et al. 2018, Mixed Precision Training (arXiv:1710.03740)'],
  histogram: ['Freedman & Diaconis 1981, On the Histogram as a Density Estimator'],
  entropy: ['Shannon 1948, A Mathematical Theory of Communication'],
  sqnr: ['Bennett 1948, Spectra of Quantized Signals'],
  gzip: ['RFC 1951 (DEFLATE), RFC 1952 (gzip)'],
  interval: [
    'Wilson 1927, Probable Inference, the Law of Succession, and Statistical Inference',
    'Newcombe 1998, Improved Confidence Intervals for the Difference between Binomial Proportions Based on Paired Data, method 10',
  ],
  latency: ['Efron 1979, Bootstrap Methods (for the interval of the median)'],
  backend: ['ONNX Runtime Web: the WebAssembly and WebGPU execution providers'],
  calibration: ['Migacz 2017, 8-bit Inference with TensorRT (entropy)', 'onnxruntime.quantization.calibrate'],
  quantizeDynamic: ['onnxruntime.quantization.quantize_dynamic', 'ONNX DynamicQuantizeLinear, MatMulInteger'],
  quantizeStatic: [JACOB, 'onnxruntime.quantization.quantize_static'],
  quantizeBlocks: ['ONNX Runtime com.microsoft.MatMulNBits', 'Frantar et al. 2023, GPTQ (arXiv:2210.17323)'],
  equalize: [`${NAGEL}, §4.1`],
  biasCorrection: [`${NAGEL}, §4.2`],
  factorize: [
    'Eckart & Young 1936, The Approximation of One Matrix by Another of Lower Rank',
    'Jaderberg et al. 2014, Speeding up Convolutional Neural Networks with Low Rank Expansions (arXiv:1405.3866)',
    'Zhang et al. 2015, Accelerating Very Deep Convolutional Networks (arXiv:1505.06798), §3.1',
  ],
  rank: ['Golub & Van Loan, Matrix Computations, §2.4'],
  pruneChannels: [
    'Li et al. 2017, Pruning Filters for Efficient ConvNets (arXiv:1608.08710)',
    'Fang et al. 2023, DepGraph: Towards Any Structural Pruning (arXiv:2301.12900)',
  ],
  channelImportance: [
    'Liu et al. 2017, Learning Efficient Convolutional Networks through Network Slimming (arXiv:1708.06519)',
    'He et al. 2019, Filter Pruning via Geometric Median (arXiv:1811.00250)',
    'Molchanov et al. 2019, Importance Estimation for Neural Network Pruning (arXiv:1906.10771)',
  ],
  channelCorrection: [
    'He, Zhang & Sun 2017, Channel Pruning for Accelerating Very Deep Neural Networks (arXiv:1707.06168), §3.1',
    'Luo, Wu & Lin 2017, ThiNet (arXiv:1707.06342)',
  ],
  distill: ['Hinton, Vinyals & Dean 2015, Distilling the Knowledge in a Neural Network (arXiv:1503.02531)'],
  clipNorm: [
    'Pascanu, Mikolov & Bengio 2013, On the Difficulty of Training Recurrent Neural Networks (arXiv:1211.5063), §3.2',
  ],
  features: ['Romero et al. 2015, FitNets: Hints for Thin Deep Nets (arXiv:1412.6550)'],
  spectrum: ['Eckart & Young 1936, The Approximation of One Matrix by Another of Lower Rank'],
};
