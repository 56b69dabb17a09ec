import type { progress as en } from '../en/progress.ts';
import type { Translated } from '../translated.ts';

export const progress: Translated<typeof en> = {
  read: '正在读取',
  sketch: '正在读取权重',
  step: '正在压缩',
  importance: '正在测量重要性',
  calibrate: '正在用数据校准',
  correct: '正在校正偏置',
  fit: '正在用数据拟合各层',
  'singular-values': '正在计算奇异值',
  simplify: '正在化简',
  equalize: '正在均衡通道',
  learn: '学习中',
  write: '正在写入模型',
  load: '正在加载模型',
  judge: '正在测量',
  'compare-backends': '正在比较后端',
  latency: '正在计时',
  gzip: '正在计算 gzip 后的字节数',
  data: '正在读取数据',
  working: '处理中',
};
