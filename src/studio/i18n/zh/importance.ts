import type { importance as en } from '../en/importance.ts';
import type { Translated } from '../translated.ts';

export const importance: Translated<typeof en> = {
  title: '{{by}} 重要性',
  axis: {
    magnitude: '重要性：|w|',
    gradient: '重要性：(∂L/∂w)² 的均值，对数刻度',
    taylor: '重要性：|w · ∂L/∂w|，对数刻度',
    wanda: '重要性：|w| · 其输入的大小，对数刻度',
  },
  running: '正在测量重要性：{{done}} / {{total}} 个样本。',
  measure: '测量重要性',
  again: '重新测量',
  nothing_other: '{{n}} 个权重的重要性为 0：它们最先被剪去，在此轴上没有位置。',
  byOutput: '每个输出通道各有自己的剪切点。',
  byLayer: '每层各有自己的剪切点：请选一层。',
  rounds: '图中是首次测量：按比例时分 {{n}} 轮，每轮对剩下的权重重新测量；设定阈值则在此处一次剪完。',
  'no-data': {
    title: '重要性要用数据测量',
    hint: '打开样本，有无标签均可：这里会显示每个权重在这些样本上有多重要。',
    line: '打开数据后阈值会随之显示，在此之前只能设定比例。',
  },
  'unfit-data': {
    title: '数据与模型不匹配',
    hint: '匹配后即测量重要性，请看左侧的数据栏。',
    line: '数据与模型匹配后，阈值会随之显示。',
  },
  'after-run': {
    title: '运行之后测量',
    hint: '此步之前的步骤要先测量或学习，重要性在它们留下的权重上测量。',
    line: '运行之后阈值会随之显示：前面的步骤要先测量或学习。',
  },
  soon: {
    title: '正在测量重要性…',
    hint: '需要把样本运行一遍。',
    line: '正在测量重要性，阈值随后显示。',
  },
  unasked: {
    title: '尚未测量',
    hint: '页面现在不会自动运行。测量需要把样本运行一遍。',
    line: '测量重要性后才能设定阈值。',
  },
  stopped: {
    title: '测量已停止',
    hint: '仍然可以设定比例，运行时会自行测量。',
    line: '测量已停止。',
  },
  unreached: {
    title: '此张量没有重要性',
    hint: '已测量，但损失对此张量的依赖无法求导，或结果不是有限数。此步让它保持原样。',
  },
  'none-reached': {
    title: '没有一层有重要性',
    hint: '已测量，但损失对任何权重的依赖都无法求导：前面的步骤可能已改变它们的类型或算子。此步让它们保持原样。',
    line: '没有一层的重要性能够测量：此步让它们保持原样。',
  },
  flat: {
    title: '在这些样本上，权重都不重要',
    hint: '所有重要性均为 0：模型对回答十分确信，损失不再变化。请换样本，或改用 Wanda 或幅值。',
    line: '在这些样本上所有重要性均为 0，阈值无法区分权重。',
  },
};
