import type { activations as en } from '../en/activations.ts';
import type { Translated } from '../translated.ts';

export const activations: Translated<typeof en> = {
  title: '变为整数的激活',
  empty: '尚未校准',
  emptyHint: '校准让一些样本通过模型，随后在这里画出每个激活的取值分布，以及整数所覆盖的范围。',
  calibrate: '校准',
  noData: '校准需要数据',
  noDataHint: '几百个模型将会遇到的样本就够了，不需要标签。',
  none: '按这些选项，没有激活变为整数。',
  stale: '为上次运行的统计；配方此后已改动。',
  input: '输入',
  byHand: '手动',
  xAxis: '激活值',
  yAxis: '每个分箱的数值个数',
  clip: '截断范围',
  calibrated: '校准所得',
  seen: '数据中所见',
  reset: '恢复校准值',
  col: { name: '激活', op: '产生者', readers: '读取者', low: '下限', high: '上限', byHand: '范围' },
};
