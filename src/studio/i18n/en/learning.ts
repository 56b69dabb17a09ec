export const learning = {
  empty: 'Nothing has learned yet',
  emptyAbout: 'Loss and held-out accuracy are drawn here while a step learns.',
  student: 'Student',
  teacher: 'Teacher',
  held: 'On the samples held out',
  heldSummary: '{{measure}} on the samples held out, over the updates. Best so far: {{best}}.',
  top1: 'Top-1',
  agreement: 'Agreement with the teacher',
  loss: 'Training loss',
  lossSummary: 'The training loss over the updates. Last: {{last}}.',
  updates: 'Updates',
  stopped:
    'Stopped after {{at}} of {{of}} updates. What was learned is kept, and the next run goes on from there; had the tab or its worker died, from at most ten seconds before.',
  goOn: 'Go on learning',
  best: 'Best {{held}}, after {{at}} of {{of}} updates. The best is kept, not the last.',
};
