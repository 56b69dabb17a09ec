import type { student as en } from '../en/student.ts';
import type { Translated } from '../translated.ts';

export const student: Translated<typeof en> = {
  target: '学生模型文件',
  drop: '把另一个 .onnx 模型拖到这里；有外部数据的请一起拖入。',
  pending: '其输入和输出的形状须与原模型一致。选定文件之前，配方保持不变。',
  choose: '选择文件',
  chooseOther: '换一个文件',
  opening: '正在读取',
  numbers: '{{parameters}} 个参数 · {{bytes}} · {{macs}} 次乘加',
  missing: '配方需要 {{name}}，但它不在这里。请把它拖到此处。',
  another: '{{name}} 不是配方所要的文件。',
  useIt: '改用此文件',
  notKept: '空间不足，未能保存：刷新后需要重新选择。',
};
