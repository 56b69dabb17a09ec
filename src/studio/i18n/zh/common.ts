import type { common as en } from '../en/common.ts';
import type { Translated } from '../translated.ts';

export const common: Translated<typeof en> = {
  name: 'Pare',
  open: '打开…',
  openFolder: '打开文件夹…',
  startOver: '重新开始',
  undo: '撤销',
  redo: '重做',
  palette: '命令',
  openSample: '打开示例：{{name}}',
  paletteFind: '查找命令',
  paletteNone: '没有匹配的命令。',
  more: '更多',
  language: '语言',
  theme: '主题',
  themeNow: '主题：{{theme}}',
  themes: { system: '跟随系统', light: '浅色', dark: '深色' },
  languages: { en: 'English', zh: '简体中文' },
  weights: '{{n}} 个权重',
  opset: 'opset {{n}}',
  panes: { label: '工作区', layers: '层', picture: '图表', recipe: '配方', recipeAndVerdicts: '配方与结论' },
  tabs: { label: '模型视图', weights: '权重', accuracy: '准确率', layers: '各层', learning: '学习' },
  loading: '正在加载…',
  drop: '拖入模型、带标签的数据或配方',
  replace: {
    title: '替换当前模型？',
    body: '配方、结果和已打开的数据都属于 {{name}}，会一并清除。',
    confirm: '替换',
  },
  clear: {
    title: '重新开始？',
    body: '模型、数据、配方和全部结果会从此浏览器中清除；你自己的文件不受影响。',
    confirm: '重新开始',
  },
  notKept: '模型太大，无法保存在浏览器中：刷新后需要重新打开。',
  crashed: {
    title: '页面的这一部分停止了工作',
    body: '已打开的内容都没有丢失。请重试，或刷新页面。',
    retry: '重试',
  },
};
