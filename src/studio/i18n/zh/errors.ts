import type { errors as en } from '../en/errors.ts';
import type { Translated } from '../translated.ts';

export const errors: Translated<typeof en> = {
  'model/corrupt': { title: '模型文件已损坏', todo: '请重新导出或下载。如果其他程序能打开它，欢迎反馈此文件。' },
  'model/unsupported': { title: '模型使用了 Pare 不认识的内容', todo: '请用常见的 opset（13 到 21）重新导出。' },
  'model/not-onnx': {
    title: '这不是 ONNX 模型',
    todo: 'Pare 打开 .onnx 文件。PyTorch、TensorFlow 和 scikit-learn 的模型可以导出为 ONNX。',
  },
  'model/external-missing': { title: '缺少模型的外部数据文件', todo: '请把 .onnx 文件和它的数据文件一起拖入。' },
  'model/external-invalid': { title: '模型的外部数据不匹配', todo: '请拖入与此模型一起保存的数据文件。' },
  'model/limit': {
    title: '模型超出安全上限',
    todo: '上限用于保护浏览器；命令行读取同一文件时上限相同，请先检查文件。',
  },
  'data/unreadable': {
    title: '无法读取数据',
    todo: '请确认文件能在别处打开。Pare 读取 npz、IDX、CSV，以及 PNG/JPEG 的文件夹或 zip。',
  },
  'data/shape-mismatch': {
    title: '数据与模型输入不匹配',
    todo: '请在“样本如何变成输入”中更改尺寸或布局，或打开其他数据。',
  },
  'data/label-range': { title: '标签与模型输出的类别不符', todo: '标签应为 0 到类别数减 1 的整数。' },
  'data/limit': { title: '数据超出安全上限', todo: '请打开其中较小的一部分。' },
  'data/missing': { title: '此步骤需要数据', todo: '请打开几百个模型将会遇到的样本。' },
  'recipe/invalid': { title: '配方无效', todo: '消息中指出了位置。页面上的配方没有改变。' },
  'recipe/not-applicable': { title: '某个步骤无法用于此模型', todo: '请修改或删除消息中指出的步骤。' },
  'recipe/model-missing': { title: '某个步骤需要另一个模型', todo: '请把它所指的文件拖到该步骤。' },
  'memory/exhausted': { title: '浏览器内存不足', todo: '请关闭其他标签页后重试，或使用内存更充裕的命令行。' },
  'runtime/failed': {
    title: 'ONNX Runtime 无法运行此模型',
    todo: '模型仍保持打开，可以查看和压缩。测量时可换用另一个后端。',
  },
  'runtime/unsupported-op': {
    title: '此处的 ONNX Runtime 不支持该算子',
    todo: '模型仍保持打开，可以查看和压缩，只是无法在此浏览器中测量。',
  },
  'runtime/unavailable': { title: 'ONNX Runtime 无法启动', todo: '请刷新页面。离线时须先缓存其文件才能使用。' },
  'worker/died': {
    title: '后台 worker 已停止',
    todo: '它已重新启动，没有丢失任何内容；学习会从上一个检查点继续。请重试；模型很大时请先关闭其他标签页。',
  },
  'storage/failed': {
    title: '浏览器无法保存',
    todo: '请腾出空间，或允许此网站保存数据。页面可继续使用，但刷新后会丢失。',
  },
  usage: { title: '此处无法这样操作', todo: '请查看消息。' },
  cancelled: { title: '已取消', todo: '没有任何改动。' },
  internal: { title: '发生了意外情况', todo: '没有丢失任何内容。反馈问题时请复制此消息，然后重试。' },
};
