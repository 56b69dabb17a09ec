import type { spectrum as en } from '../en/spectrum.ts';
import type { Translated } from '../translated.ts';

export const spectrum: Translated<typeof en> = {
  rank: '秩',
  value: '奇异值（对数刻度）',
  kept: '保留的能量',
  largest: '到此为止能省字节',
  reading: '秩 {{rank}}（满秩 {{full}}）保留 {{kept}} 的能量，SQNR {{sqnr}}；{{before}} → {{after}}。',
  over: '秩超过 {{largest}} 时，两个张量不比一个小：该层保持原样。',
  never: '无论秩是多少，两个张量都不比一个小：该层保持原样。',
  compute: '计算奇异值',
  running: { title: '正在计算奇异值…', hint: '大矩阵需要几秒钟。' },
  unasked: { title: '大矩阵的奇异值', hint: '需要几秒到半分钟。没有它们滑块也能用。' },
  'after-run': { title: '运行之后计算', hint: '此步之前的步骤要先测量或学习，奇异值属于它们留下的权重。' },
  left: { title: '该层保持原样', hint: '轮到此步时，前面的步骤已把它变成别的样子，或者没有能省字节的秩。' },
  flat: { title: '权重全为零', hint: '全零矩阵没有可画的奇异值。' },
};
