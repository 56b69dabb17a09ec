/** Named bounds on what a file may ask of us. Files are hostile: every length is checked against one of these first. */

export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;

/** Largest protobuf message that ONNX runtimes accept (signed 32-bit sizes in every protobuf library). */
export const MAX_PROTOBUF_BYTES = 2 * GiB - 1;

/** Largest single `Uint8Array` we ask a browser for. Chromium refuses a little over 2 GiB on most devices. */
export const MAX_BUFFER_BYTES = 2 * GiB - 1;
