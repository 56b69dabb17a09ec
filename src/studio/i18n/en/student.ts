export const student = {
  target: 'The student’s file',
  drop: 'Drop another .onnx model here, with its external data if it has any.',
  pending:
    'Its inputs and outputs must have the shapes of the original’s. The recipe stays as it is until a file is chosen.',
  choose: 'Choose a file',
  chooseOther: 'Choose another file',
  opening: 'Reading it',
  numbers: '{{parameters}} parameters · {{bytes}} · {{macs}} MACs',
  missing: 'The recipe asks for {{name}}, which is not here. Drop it here.',
  another: '{{name}} is another file than the recipe asks for.',
  useIt: 'Use it instead',
  notKept: 'There is no room to keep it: after a reload it has to be chosen again.',
};
