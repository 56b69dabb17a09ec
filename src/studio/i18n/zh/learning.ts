export const learning = {
  empty: '还没有学习过程',
  emptyAbout: '某一步学习时，损失和留出样本上的准确率会画在这里。',
  student: '学生',
  teacher: '教师',
  held: '留出样本上的表现',
  heldSummary: '留出样本上的{{measure}}随更新次数的变化。目前最好：{{best}}。',
  top1: 'Top-1 准确率',
  agreement: '与教师的一致率',
  loss: '训练损失',
  lossSummary: '训练损失随更新次数的变化。最近：{{last}}。',
  updates: '更新次数',
  stopped:
    '已在第 {{at}} 次更新后停止（共 {{of}} 次）。学到的内容已保留，下次运行会从这里继续；若页面或后台线程意外终止，则从最多十秒之前继续。',
  goOn: '继续学习',
  best: '最好 {{held}}，出现在第 {{at}} 次更新（共 {{of}} 次）。保留的是最好的，而不是最后的。',
};
