import type { ExplainText, Topic } from '../topics.ts';

/** Every explanation in English. */
export const texts: Record<Topic, ExplainText> = {
  pruneWeights: {
    what: 'Sets the weights that matter least to exactly zero and leaves the rest as they are. Trained weights crowd around zero, so a threshold close to zero cuts many of them and little of what they add up to.\n\nMove the sliders and watch the shaded middle of the histogram: that is what goes.',
    cost: 'Zeros by themselves do not shrink an ONNX file: a zero takes as many bytes as any other number. They pay off when the file is compressed (see gzip), in a sparse encoding, or together with quantization, where one level serves all of them.',
    hurts:
      'Accuracy holds for long and then falls steeply. Small layers, the first and the last layer and depthwise convolutions have little to spare: give them a lower sparsity of their own, or skip them.',
  },
  sparsity: {
    what: 'The share of weights that are exactly zero. It is tied to the threshold: each sparsity belongs to one threshold, and moving either slider moves the other.',
    hurts:
      'The share is taken over the layers that are pruned. Biases, normalization and skipped layers stay as they are, so the sparsity of the whole model is a little lower.',
  },
  threshold: {
    what: 'Every weight whose magnitude is below it becomes zero. Drag the line on the histogram, or move the slider. The scale is logarithmic, since weights differ by powers of ten.',
    hurts: 'A threshold that suits one layer can empty another whose weights are all smaller.',
  },
  scope: {
    what: 'Global: one threshold for all layers, so layers with small weights lose more of them. Per layer: each layer loses the same share, each at its own threshold.',
    hurts:
      'Global is usually better at high sparsity, since it spares the layers with large weights. It can empty a layer whose weights are small only because a normalization follows. Look at the zeros column of the layer table.',
  },
  importance: {
    what: 'Which weights matter least. By magnitude: the smallest ones, since removing w changes the output of its layer by w times its input. It needs no data.\n\nThe others look at data. Gradient: how steeply the loss answers to the weight, squared, on average. Taylor: how much the loss would change without it, to first order. Wanda: the weight times the size of the input that it meets. A weight that is zero already matters nothing.',
    cost: 'Magnitude costs nothing. Wanda takes one pass over the samples, the two others a pass forward and back for each sample. Without labels the model’s own answers take their place. In several rounds it is measured again on what is left, which is worth its time above 80 %.',
    hurts:
      'Magnitude looks neither at the inputs nor at the loss. A small weight on a large input can matter more than a large weight on an input that is always near zero. A gradient says what an infinitely small change does, not a removal; with few samples it is noisy, and on a model that is sure of every answer it is close to zero everywhere.',
  },
  pattern: {
    what: 'N:M keeps the N largest of every M neighbours along the dimension that the layer sums over. 2:4 means: of four neighbours two stay, exactly half are zero. Hardware with support for it skips the zeros.',
    cost: 'At the same sparsity it costs more accuracy than choosing freely: sometimes two large weights stand in a group where one must go.',
    hurts:
      'It gains speed only on hardware made for it (NVIDIA Ampere and later, through TensorRT, for 2:4). ONNX Runtime in a browser computes with the zeros all the same.',
  },
  quantizeWeights: {
    what: 'Stores each weight as a small integer and, for each group of weights, the scale that turns the integers back into numbers. The model unpacks them when it loads, and then computes in float as before.\n\nThe orange marks in the histogram are the values that are left: every weight moves to its nearest one.',
    cost: 'An error of at most half a step in each weight. The file shrinks from 32 to b bits per weight, plus the scales.',
    hurts:
      'Below 4 bits accuracy falls quickly without training. Smaller is not faster: the arithmetic stays float. For speed, quantize the activations as well (dynamic or static).',
  },
  bits: {
    what: 'How many bits each weight takes, and so how many different values it can have: 8 bits give 256, 4 give 16, 1 gives 2. Each bit less halves the number of levels, doubles the step, and costs about 6 dB of SQNR.\n\nEvery width is stored at its true size: a 3-bit weight takes 3 bits.',
    cost: '8 bits: nearly always harmless. 4 bits: good with channels or blocks. 3 and fewer: expect to lose accuracy.',
    hurts: 'A few outliers stretch the range, and all the levels with it. Finer granularity or a clipped range helps.',
  },
  scheme: {
    what: 'Where the levels lie. Symmetric: evenly, as far below zero as above. Asymmetric: evenly from the smallest to the largest value. Codebook: wherever the error is least. Article: evenly from min to max, the way introductions to quantization write it.',
  },
  symmetric: {
    what: 'Levels at equal steps, as far below zero as above it. Zero is always a level, so pruned weights stay exactly zero. One number per group, the scale.',
    cost: 'When the values are not centred, part of the levels is never used.',
    hurts:
      'Values on one side only, as after a ReLU: half the levels are wasted. With 1 bit there is no room for zero: two levels remain.',
  },
  asymmetric: {
    what: 'Levels at equal steps from the smallest to the largest value. The zero point is the integer that stands for 0, so zero is still exact.',
    cost: 'One more integer per group, and a subtraction on loading.',
    hurts:
      'For weights, which are mostly centred around zero, it gains little. For values on one side it gains one bit.',
  },
  codebook: {
    what: 'The levels lie where they make the squared error least: many where weights crowd, few in the tails. The file holds the levels once and, for each weight, the number of its level. The levels found are the optimum over the bins of the sketch, refined on the weights.',
    cost: 'A table of 2ᵇ floats per tensor or channel, and a look-up on loading. Finding the levels takes longer than the other schemes.',
    hurts: 'With 6 bits or more an even grid is nearly as good. Integer arithmetic cannot use it.',
  },
  article: {
    what: 'The formula of introductory articles: scale the tensor to 0…1 by its min and max, stretch to 2ᵇ steps, move down by half of them, round, clamp to the signed integers.',
    cost: 'The step is range / 2ᵇ, not range / (2ᵇ − 1): the topmost value would need the integer 2ᵇ⁻¹, which does not exist, and is clamped one step lower. An offset is stored beside the scale.',
    hurts:
      'Zero is in general not a level, so pruned weights come back as a small number. Compare it with asymmetric at 2 or 3 bits to see both differences.',
  },
  scale: {
    what: 'The distance between neighbouring levels: one step of the integer is one scale of the value. Kept in float32, one per tensor, channel or block.',
  },
  zeroPoint: {
    what: 'The integer that stands for exactly 0. Without it zero would land between two levels, and every padded or pruned value would carry an error.',
  },
  granularity: {
    what: 'How many weights share one scale. Tensor: all of them. Channel: those that make one output. Block: a few dozen neighbours along the sum. The fewer share a scale, the closer it fits them.',
    cost: 'A scale takes 4 bytes. Per channel that is almost nothing. Blocks of 32 add one bit per weight.',
    hurts:
      'Per tensor, one channel with large weights sets the step for all the others: depthwise convolutions suffer most.',
  },
  range: {
    what: 'Which values the levels cover. Min and max: all of them. Least error: the range is narrowed as long as the finer step gains more than the clipped tails lose.',
    cost: 'Searching the range reads the weights several times.',
    hurts:
      'Clipping moves the largest weights, which are few but can be the ones that matter. It helps most at 2 to 4 bits; at 8 bits it changes little.',
  },
  encoding: {
    what: 'How the integers stand in the file. Native: ONNX int4 (opset 21) and int2 (opset 25). Packed: bytes with shifts and masks in plain operators, for any width and any runtime from opset 11 on. Auto: native where the model’s opset has it.\n\nWidths of 3, 5, 6 and 7 bits are stored as bit-planes: the integers cut into parts of 1, 2 and 4 bits, each part filling whole bytes.',
    cost: 'Unpacking happens once, when the model loads, and adds a few nodes per tensor.',
    hurts: 'Native int2 and int4 raise the opset, which older runtimes refuse.',
  },
  minElements: {
    what: 'Tensors with fewer weights than this stay float. The nodes and names that unpack a tensor take a few hundred bytes, which a small one cannot save.',
  },
  float16: {
    what: 'Half the bits of float32: about three decimal digits, from 6 × 10⁻⁸ to 65,504. Stored as float16 and turned back into float32 on loading.',
    cost: 'Half the bytes of the weights. The error is about −70 dB, far below what changes an answer.',
    hurts: 'Numbers above 65,504 would become infinite; such tensors are left alone, and a note says so.',
  },
  histogram: {
    what: 'How many weights have which value. Blue and filled: before. Orange: after, as an outline, or as single levels when there are 64 or fewer. The key L switches to a logarithmic count.\n\nIt is drawn from a sketch: one pass over the weights that counts them in bins at most 0.8 % wide. Sliders read the sketch, so a drag costs the same for ten thousand weights and for a billion.',
    hurts:
      'A bar that is far higher than all others is cut off, with its count beside it. Look at the tails on the logarithmic scale.',
  },
  forecast: {
    what: 'Numbers in italics with ~ are forecasts: computed from the sketches while a slider moves. Upright numbers are measured on the compressed file.',
    hurts:
      'A sketch knows how often a value occurs, not where. With scales per channel or block, and with N:M patterns, the forecast assumes that groups look like the whole; error and zeros can differ by some percent. Bytes are exact to a few hundred.',
  },
  statistics: {
    what: 'Smallest, largest and mean value, standard deviation, and how many are exactly zero. Of finite values; NaN and infinity are counted and named.',
  },
  entropy: {
    what: 'How many bits a weight would take at least if an ideal compressor knew only how often each level occurs. Well below the width means that gzip, or fewer bits, would save more.',
    hurts: 'It is a bound for coding the levels one by one; it knows nothing of patterns among neighbours.',
  },
  sqnr: {
    what: 'Signal to quantization noise: the energy of the weights over the energy of their error, in decibels. 10 dB more is ten times less error. As a rule of thumb for weights: over 40 dB nothing is noticed, 20 to 30 dB is usually fine, under 10 dB is risky.',
    hurts:
      'It treats all weights alike. Two layers with the same SQNR can matter very differently: the accuracy decides.',
  },
  fileSize: {
    what: 'Bytes of the ONNX file, external data included. Weights dominate; nodes, names and the recipe in the metadata are the rest.',
  },
  gzip: {
    what: 'Bytes of the file after gzip, as a web server would send it. This is where zeros and repeated levels pay off.',
    hurts: 'Float weights hardly compress: their low bits look random. Compare before and after with the same tool.',
  },
  accuracy: {
    what: 'Top-1: the model’s first answer is the label. Top-5: the label is among its first five. Both models see the same samples, so that the change is paired: what counts is how many answers turned right or wrong.',
    hurts: 'It says what happens on this data. Few samples give a wide interval; unusual data can behave otherwise.',
  },
  agreement: {
    what: 'How often both models give the same first answer. It needs no labels, and it is stricter than accuracy: answers that change from one mistake to another count.',
    hurts: 'It says nothing about which of the two is right.',
  },
  cosine: {
    what: 'Whether the outputs point the same way: 1 is the same direction, 0 has nothing in common. It ignores a common factor, which SQNR does not.',
  },
  interval: {
    what: 'The range in which the true value lies with 95 % confidence, given how many samples were seen. Shares use Wilson’s interval. Changes use Newcombe’s interval for pairs, which is narrower, since both models saw the same samples.\n\nWhen the interval of a change contains 0, this data cannot tell the two models apart.',
    hurts: 'It covers chance only. Data that does not represent the use is no matter of chance.',
  },
  confusion: {
    what: 'Rows are the true classes, columns the answers. The diagonal is right. Compare before and after: compression often costs a few pairs of similar classes first.',
  },
  latency: {
    what: 'Time for one batch. Median: half of the runs were faster. p95: 95 % were. Runs of both models alternate after a warm-up, so that a machine that slows down slows both.',
    hurts: 'It is a time of this device, this browser and this backend. Other programs and a hot processor widen it.',
  },
  backend: {
    what: 'What computes. WASM runs on the processor, with threads when the page is cross-origin isolated. WebGPU runs on the graphics card. Auto takes whichever measured faster here.',
    hurts:
      'Sums in another order round differently, so that outputs differ in the last digits. The page says when they differ by more.',
  },
  calibration: {
    what: 'Runs some samples through the model and notes the range of each activation, so that it can be quantized with a fixed scale. A hundred or so samples that look like real use are enough. They need no labels.',
    hurts: 'Samples that are not like real use give ranges that clip real values.',
  },
  quantizeDynamic: {
    what: 'Weights become int8 in the file; activations are quantized while the model runs, with the range of each input as it comes. Needs no data. MatMul and LSTM then compute with integers.',
    cost: 'A quarter of the bytes. On WASM, int8 MatMul often runs faster than float.',
    hurts:
      'Finding the range each time costs time; convolutions gain less. WebGPU has no kernels for it and falls back to the processor.',
  },
  quantizeStatic: {
    what: 'Weights and activations become int8 with scales fixed beforehand by calibration. QDQ writes pairs of QuantizeLinear and DequantizeLinear around each operator, which runtimes fuse. QOperator writes the fused integer operators themselves.\n\nMinMax covers all that was seen. Entropy clips where the distribution changes least. Percentile clips a fixed share of the tails.',
    cost: 'A quarter of the bytes, and integer arithmetic where the runtime has it. It needs representative data.',
    hurts:
      'Activations with outliers, as in transformers, lose the most. Try Entropy or Percentile, or leave those operators float.',
  },
  quantizeBlocks: {
    what: 'MatMul weights in blocks of B neighbours, each with its own scale, in ONNX Runtime’s own operator MatMulNBits. The weights stay packed in memory and are unpacked inside the multiplication.',
    cost: 'Smaller blocks fit better and store more scales: blocks of 32 at 4 bits take about 5 bits per weight with float32 scales.',
    hurts:
      'Only ONNX Runtime knows this operator. It covers MatMul alone: convolutions and embeddings stay as they are.',
  },
  simplify: {
    what: 'Computes what does not depend on the input, folds normalization into the convolution before it, and removes nodes that do nothing. The answers stay the same up to rounding.',
    cost: 'Nothing in accuracy. Folding can add bytes when a small constant grows into a large one; Pare then leaves it.',
  },
  equalize: {
    what: 'One scale for a whole tensor serves its largest channel; small ones are rounded away, above all in depthwise layers. Behind a ReLU a channel can be divided by s in one layer and multiplied by s in the next: the answers stay, and both layers get the same range in it.\n\nA ReLU6 gets a bound per channel. Channels that are one value whatever comes in, as training leaves them, get weights of 0.',
    cost: 'Nothing in accuracy before quantizing. A Min node for each ReLU6.',
    hurts:
      'With a scale per channel there is little left to gain. Layers whose output goes to several nodes stay as they are.',
  },
  biasCorrection: {
    what: 'Rounding weights shifts the mean of what a layer gives, each channel by its own amount. The shift is taken off the bias: computed from the mean inputs, or measured by running both models side by side.',
    hurts:
      'Do it once: static quantization corrects biases itself, and twice is as wrong as not at all. Until it is quantized, the corrected model answers worse.',
  },
  factorize: {
    what: 'Writes a layer as two thinner ones in a row: a matrix as the product of two, a convolution as one into fewer channels and a 1×1 behind it, or as a tall kernel and a wide one. What is kept is the part of the weights that is largest in the sense of least squares. It needs no data.',
    cost: 'Fewer bytes and fewer multiplications, in every runtime, as long as the rank is below the point where two tensors take as much as one. Layers where it is not are left alone.',
    hurts:
      'Weights that are all about equally important, as in small or well-trained convolutions, lose much at any rank that saves something. Train afterwards. Later steps see two tensors in place of one, so nothing of theirs is foretold.',
  },
  rank: {
    what: 'How many rows the thinner layer has. By rank: the same share of every layer’s full rank. By energy: each layer keeps the least rank that holds this share of the squares of its singular values, so that layers with much to spare give more.',
    hurts: 'Energy is about the weights, not about the answers: 99 % of it may or may not be enough.',
  },
  pruneChannels: {
    what: 'Removes whole channels, attention heads and groups, and with them everything that makes, carries and reads them. The model really becomes smaller and faster, in every runtime.',
    cost: 'Much more accuracy than single weights at the same share: a channel takes its good weights with it. Fit the next layers to data, and train afterwards.',
    hurts:
      'Channels that meet in a residual sum can only go together, and those that a layer normalization or the output sees cannot go at all.',
  },
  channelImportance: {
    what: 'Which channels matter least. By their weights: L1 and L2 add up their size, the scale is that of the normalization behind them, and the geometric median finds channels that the others can stand in for.\n\nBy data: Taylor estimates how much the loss would change without a channel, and “little used” measures what the next layers get from it. Both look at what the channel really does.',
    cost: 'The ones by data run the model on up to 1,024 samples. Taylor also computes gradients; without labels it takes the model’s own answers.',
    hurts:
      'Weights say nothing of how often a channel is active. A normalization behind a layer takes the size of its weights back.',
  },
  channelRanking: {
    what: 'Of all layers: the least important channels of the whole model go, so layers lose different shares. Within a layer: each loses the same share.',
    hurts:
      'Sizes of weights are hard to compare between layers; for them, within a layer is the safer choice. With Taylor, across layers is better: its unit is the loss, and what a channel costs is weighed against it.',
  },
  channelCorrection: {
    what: 'After cutting, the layers that took the channels get new weights, so that they give what they gave before as nearly as the remaining channels allow: a least-squares fit on your data, layer after layer.',
    cost: 'Time: the model runs once for each layer, on up to 1,024 samples. No labels are needed.',
    hurts: 'Data unlike what the model will see. Without data nothing is fitted.',
  },
  distill: {
    what: 'Trains the compressed model to answer like the original on your data. The teacher’s probabilities say more than labels do: also which wrong answers are nearly right. The temperature T softens them.',
    cost: 'Time: each step runs both models and the gradient.',
    hurts: 'Few samples are soon learnt by heart. Watch the curve of held-out samples.',
  },
  otherStudent: {
    what: 'A model of your own, trained or not, learns to answer like the original and takes its place. It keeps its graph and begins with the weights it comes with; its inputs and outputs get the original’s names, so that the result runs wherever the original did.\n\nThe recipe knows the file by its SHA-256, so that it means the same model everywhere.',
    cost: 'The file stays on this device, with the session. Whoever gets the recipe needs the file too.',
    hurts:
      'Inputs and outputs must have the original’s shapes, and as many classes in the same order. It is given the data as the original wants it: a student that was trained on other colours, scales or sizes has to unlearn that first.',
  },
  updates: {
    what: 'An update is one step of the optimizer on one batch; an epoch is one pass over all samples that are learned from. Epochs suit data whose size you know. A number of updates says how long learning takes whatever the data.',
    hurts: 'With little data many updates mean many passes over the same samples, which are then learnt by heart.',
  },
  evaluateEvery: {
    what: 'After so many updates the held-out samples are judged, a point of the curve is drawn, and the best weights so far are kept. Without it that happens once an epoch.',
    cost: 'Each judgement runs the student over all held-out samples. What is lost when the tab dies is at most the work since the last one.',
  },
  clipNorm: {
    what: 'When the gradient of all weights together is longer than this, it is shortened to it, its direction kept. One bad batch then cannot throw the weights far off.',
    hurts:
      'A bound that nearly every gradient exceeds makes learning slow: it is then a lower learning rate. Begin with 1, and only where the loss jumps or diverges.',
  },
  features: {
    what: 'Values inside the model, such as the output of a block, that the student is to have like the teacher. The squared difference is added to the loss, over the mean square of what the teacher has, so that one weight suits all of them.',
    cost: 'The teacher is asked for these values too; large maps take memory and time.',
    hurts:
      'Teacher and student must both have a value of this name, of the same shape: a narrower student has other shapes wherever channels are gone. Too much weight, and the student copies the inside at the expense of the answers.',
  },
  importanceHistogram: {
    what: 'How many weights matter how much, not how large they are. The axis is logarithmic: each power of ten has the same room, since importance runs over many of them. What lies in the shaded part, below the line, becomes zero; drag the line.\n\nIt is measured here on the open samples, on the model as it comes into this step.',
    cost: 'One pass over the samples, for gradient and Taylor forward and back for each of them. The weights are not touched.',
    hurts:
      'Importance is of a weight alone, beside all others as they are. When many go together, those that are left matter otherwise: in several rounds it is measured anew, and this picture is then the first of them.',
  },
  spectrum: {
    what: 'A matrix is a sum of as many parts as its rank, each as large as its singular value. Factorizing keeps the first of them, which is the best that any matrix of that rank can do. The line says how much of the energy, the sum of the squares, the first ranks hold. Drag the mark to give this layer a rank of its own.\n\nA steep fall means that a low rank is enough; a flat one that each part counts.',
    hurts:
      'Behind the dashed line two matrices take more than one, so the layer is left alone. What is lost is told of the weights; what it does to the answers is told by the accuracy.',
  },
};
