import { expect, test } from 'vitest';
import { PareError } from '../base/errors.ts';
import { runtimeFailure } from './failure.ts';
import { probeBackends } from './probe.ts';

test('C++ exceptions are bare numbers: they become a sentence', () => {
  for (const error of [7120352, new Error('7120352')]) {
    const e = runtimeFailure(error, 'wasm', 'run the model');
    expect(e.code).toBe('memory/exhausted');
    expect(e.message).toMatch(/gave up while it tried to run the model.*exception 7120352/);
  }
});

test('a kernel that fails is named', () => {
  const text =
    "failed to call OrtRun(). ERROR_CODE: 6, ERROR_MESSAGE: Non-zero status code returned while running MatMul node. Name:'fc' Status Message: whatever";
  expect(runtimeFailure(new Error(text), 'wasm', 'run the model')).toMatchObject({
    code: 'runtime/failed',
    where: 'fc',
  });
});

test('a GPU without float16 says which node needs it', () => {
  const text =
    "ERROR_CODE: 1, ERROR_MESSAGE: Non-zero status code returned while running Relu node. Name:'act' Status Message: shader_helper.cc:416 GenerateSourceCode Program Relu requires f16 but the device does not support it.";
  expect(runtimeFailure(new Error(text), 'webgpu', 'run the model')).toMatchObject({
    code: 'runtime/unsupported-op',
    where: 'act',
    message: 'This GPU has no float16, which Relu (node "act") needs.',
  });
});

test('a runtime that did not start asks for a reload', () => {
  const e = runtimeFailure(new Error('no available backend found. ERR: [wasm] previous call failed'), 'wasm', 'load');
  expect(e).toMatchObject({ code: 'runtime/unavailable', hint: expect.stringMatching(/Reload/) });
  expect(e.message).toBe('The WASM runtime could not start: previous call failed');
});

test('shapes that only the runtime can see', () => {
  const text = 'ERROR_CODE: 2, ERROR_MESSAGE: Invalid rank for input: x Got: 3 Expected: 2 Please fix';
  expect(runtimeFailure(new Error(text), 'wasm', 'run the model').code).toBe('data/shape-mismatch');
});

test('a PareError stays itself', () => {
  const e = new PareError('cancelled', 'Cancelled.');
  expect(runtimeFailure(e, 'wasm', 'run')).toBe(e);
});

test('Node has threads and no WebGPU', async () => {
  const probe = await probeBackends();
  expect(probe.wasm.threads).toBeGreaterThanOrEqual(1);
  expect(probe.webgpu).toEqual({ available: false, reason: 'no-api' });
});
