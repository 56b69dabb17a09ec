import type { report as en } from '../en/report.ts';
import type { Translated } from '../translated.ts';

export const report: Translated<typeof en> = {
  title: 'Pare 报告：{{name}}',
  made: '由 Pare 生成于 {{date}}',
  verdicts: '结论',
  recipe: '配方',
  recipeHint: '将其保存为 recipe.json，即可在页面或命令行中再次运行。',
  noSteps: '配方中没有步骤。',
  layers: '各层',
  histogram: '整个模型的权重',
  histogramAxis: '权重值',
  histogramCount: '每个区间的权重数',
  perClass: '各类别',
  model: '模型',
  notMeasured: '此配方的准确率和速度尚未测量。',
};
