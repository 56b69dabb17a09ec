import type { start as en } from '../en/start.ts';
import type { Translated } from '../translated.ts';

export const start: Translated<typeof en> = {
  title: '把 ONNX 模型拖到任意位置',
  lead: '看清字节都花在哪里，剪枝、量化，用自己的数据比较前后，再把更小的模型带走。',
  private: '不会上传任何内容：模型和数据都留在本机。',
  paste: '也可以粘贴文件。带外部数据的模型：请把所有文件一起拖入。',
  samples: '或从示例开始',
  samplesFailed: '示例加载失败，但仍可打开自己的模型。',
  accuracy: '准确率 {{value}}',
  accuracySeen: '准确率 {{value}}（训练时见过的图像）',
  opening: '正在打开 {{name}}',
};
