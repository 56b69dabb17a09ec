// How the messages' strings are written is set here once, for every use of them.
import './text.ts';

/** The ONNX messages (ONNX 1.20, package onnx-buf) under the names this house uses, and how to copy them. */
export {
  type AttributeProto,
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  type FunctionProto,
  FunctionProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type OperatorSetIdProto,
  OperatorSetIdProtoSchema,
  type SparseTensorProto,
  SparseTensorProtoSchema,
  type StringStringEntryProto,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  type TypeProto,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';

/**
 * A shallow copy of a message with some fields changed. A spread would lose the prototype, where proto2 messages keep
 * their defaults, and with it the difference between an absent field and a zero. Symbol keys (payloads) come along.
 * A field set to `undefined` becomes absent.
 */
export function copyWith<T extends object>(message: T, changes: Partial<T> = {}): T {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(message)), message, changes) as T;
  for (const key in changes) if (changes[key] === undefined) delete copy[key];
  return copy;
}
